/**
 * What changed between the process before and this one? Each start leaves a line in the audit log with the settings that are not as
 * they ship, so the next one can say which are others now.
 */
import type { AuditAct, AuditEntry } from '../../ops/audit/index.ts';
import type { Change } from '../../ops/incidents/index.ts';
import { type Config, settings } from '../config/index.ts';

/** The action of the line that a start leaves. */
export const STARTED = 'process.start';
const SETTINGS_MAX = 40;
const VALUE_CHARS_MAX = 200;

type Given = Readonly<Record<string, string>>;

/** Those that differ from what ships, as text; of what may hold a password only that it is set. */
export function givenSettings(config: Config): Given {
  const given = settings.flatMap(({ key, preset, secret }): [string, string][] => {
    const value = settingIn(config, key);
    if (JSON.stringify(value) === JSON.stringify(preset)) return [];
    return [[key, secret ? 'set' : (JSON.stringify(value) ?? '').slice(0, VALUE_CHARS_MAX)]];
  });
  return Object.fromEntries(given.slice(0, SETTINGS_MAX));
}

const settingIn = (config: Config, key: string): unknown =>
  key.split('.').reduce<unknown>((within, name) => (within as Record<string, unknown> | undefined)?.[name], config);

/** The line that a start leaves. A list of texts: the names of some settings look like those of secrets. */
export const startAct = (version: string, given: Given): AuditAct => ({
  actor: 'wp-chat',
  address: '',
  action: STARTED,
  parameters: { version, given: Object.entries(given).map(([key, value]) => `${key}=${value}`) },
  outcome: 'done',
  code: '',
});

/** @param before the line that the start before left; null where there is none */
export function changesAtStart(
  before: AuditEntry | null,
  { version, given, timeMs }: { readonly version: string; readonly given: Given; readonly timeMs: number },
): Change[] {
  const by = 'wp-chat';
  const restarted = { kind: 'restart', timeMs, by, summary: `wp-chat ${version} was started` } as const;
  if (before === null) return [restarted];
  const { parameters } = before;
  const was = givenOf(parameters['given']);
  const names = [...new Set([...Object.keys(was), ...Object.keys(given)])].sort();
  const others = names.filter((name) => was[name] !== given[name]);
  const released = parameters['version'] === version ? '' : `, after ${String(parameters['version'])}`;
  const start = { ...restarted, summary: `${restarted.summary}${released}` };
  if (others.length === 0) return [start];
  const told = others.map((name) => `${name}: ${was[name] ?? 'as it ships'} → ${given[name] ?? 'as it ships'}`);
  return [start, { kind: 'config', timeMs, by, summary: told.join('; ').slice(0, 1000) }];
}

function givenOf(value: unknown): Record<string, string> {
  if (!Array.isArray(value)) return {};
  return Object.fromEntries(
    value
      .filter((one) => typeof one === 'string')
      .map((one) => [one.split('=', 1)[0]!, one.slice(one.indexOf('=') + 1)]),
  );
}
