import { existsSync } from 'node:fs';
import type { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import { settingFaults } from '../../ops/settings.ts';
import { type Layer, type LayerValue, readConfigFile } from './file.ts';
import { type Config, configSchema } from './schema.ts';
import { withoutPassword } from './secrets.ts';
import { type Setting, settingByKey, settings } from './settings.ts';
import { closest } from './suggest.ts';

export interface ConfigSources {
  /** Path of the file; a missing default file is no fault, a missing named one is. */
  readonly file: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `key=value` pairs of the command line, the last one of a key wins. */
  readonly flags: readonly string[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where each value came from, by key. */
  readonly origins: ReadonlyMap<string, LayerValue>;
}

/** Variables of the family that are no settings. */
const OTHER_VARIABLES = new Set([
  'WP_CHAT_CONFIG',
  'WP_CHAT_KEY',
  'WP_CHAT_SOURCE_USER',
  'WP_CHAT_SOURCE_PASSWORD',
  'WP_CHAT_MODELS_URL',
  'WP_CHAT_BACKUP_ACCESS_KEY_ID',
  'WP_CHAT_BACKUP_SECRET_ACCESS_KEY',
  'WP_CHAT_WEBHOOK_SECRET',
]);
const DEFAULT_FILE = 'config.yml';

/**
 * Lays default, file, environment and flags over each other, the last one winning, and checks the whole.
 *
 * @throws EngineError config_invalid, its detail one line a fault: origin, key, value, allowed range.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const faults: string[] = [];
  const origins = new Map<string, LayerValue>(
    settings.map(({ key, preset }) => [key, { value: preset, origin: 'default' }]),
  );
  for (const layer of [
    fileLayer(sources.file, faults),
    environmentLayer(sources.environment, faults),
    flagLayer(sources.flags, faults),
  ]) {
    for (const [key, value] of layer) origins.set(key, value);
  }
  const parsed = configSchema.safeParse(nest(origins));
  if (!parsed.success) for (const issue of parsed.error.issues) faults.push(...describeIssue(issue, origins));
  if (faults.length > 0 || !parsed.success) throw new EngineError('config_invalid', faults.join('\n'));
  return { config: parsed.data, origins };
}

function fileLayer(file: string | null, faults: string[]): Layer {
  const path = file ?? DEFAULT_FILE;
  if (existsSync(path)) return readConfigFile(path, faults);
  if (file !== null) faults.push(`${file}: no such file: expected a configuration in YAML`);
  return new Map();
}

function environmentLayer(environment: ConfigSources['environment'], faults: string[]): Layer {
  const layer = new Map<string, LayerValue>();
  const port = environment['PORT'];
  if (port !== undefined && port !== '')
    layer.set('server.port', { value: coerce(settingByKey.get('server.port')!, port), origin: 'PORT' });
  const byVariable = new Map(settings.map((setting) => [setting.variable, setting]));
  for (const [name, text] of Object.entries(environment)) {
    if (
      !name.startsWith('WP_CHAT_') ||
      OTHER_VARIABLES.has(name) ||
      name.startsWith('WP_CHAT_NOTIFY_') ||
      text === undefined
    )
      continue;
    const setting = byVariable.get(name);
    if (setting !== undefined) layer.set(setting.key, { value: coerce(setting, text), origin: name });
    else faults.push(`${name}: unknown variable${suggestion(name, [...byVariable.keys()])}`);
  }
  return layer;
}

function flagLayer(flags: readonly string[], faults: string[]): Layer {
  const layer = new Map<string, LayerValue>();
  for (const flag of flags) {
    const split = flag.indexOf('=');
    const key = split < 0 ? flag : flag.slice(0, split);
    const setting = settingByKey.get(key);
    const shown = withoutPassword(flag);
    if (split < 0) faults.push(`--set ${shown}: expected key=value`);
    else if (setting === undefined)
      faults.push(`--set ${shown}: unknown key ${key}${suggestion(key, [...settingByKey.keys()])}`);
    else layer.set(key, { value: coerce(setting, flag.slice(split + 1)), origin: `--set ${key}` });
  }
  return layer;
}

/** Text of the environment or a flag as the setting's type; what does not fit stays text and is refused by the schema. */
function coerce(setting: Setting, text: string): unknown {
  if (setting.type === 'string') return text;
  if (setting.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (setting.type === 'object' || setting.type === 'array') return jsonOf(text);
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** What is no JSON stays text, and is refused by the schema. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function nest(values: ReadonlyMap<string, LayerValue>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [key, { value }] of values) {
    const parts = key.split('.');
    let group = root;
    for (const part of parts.slice(0, -1)) {
      group[part] ??= {};
      group = group[part] as Record<string, unknown>;
    }
    group[parts.at(-1)!] = value;
  }
  return root;
}

function describeIssue(issue: z.core.$ZodIssue, origins: ReadonlyMap<string, LayerValue>): string[] {
  const { path, code, message } = issue;
  const depth = path.findIndex((_, at) => origins.has(path.slice(0, at + 1).join('.'))) + 1;
  const key = path.slice(0, depth).join('.');
  const { origin, value } = origins.get(key)!;
  // Within what is one setting and many keys, the fault says which.
  if (depth < path.length || typeof value === 'object')
    return settingFaults([{ ...issue, path: path.slice(depth) }], value, key).map((fault) => `${origin}: ${fault}`);
  const { allowed, secret } = settingByKey.get(key)!;
  const expected = code === 'custom' ? message : allowed;
  // Of a password in the wrong place nobody can tell where it ends.
  const got = secret ? 'what may hold a password and is not shown' : JSON.stringify(value);
  return [`${origin}: ${key}: expected ${expected}, got ${got}`];
}

const suggestion = (typed: string, known: readonly string[]): string => {
  const near = closest(typed, known);
  return near === null ? '' : `; did you mean ${near}?`;
};
