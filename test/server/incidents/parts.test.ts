/** What the process tells its incidents of itself: what changed since the start before, what the objectives say, what the runbook has. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import type { AuditEntry } from '../../../ops/audit/index.ts';
import type { Incident } from '../../../ops/incidents/index.ts';
import type { ObjectiveStatus } from '../../../ops/index.ts';
import { acuteOf } from '../../../server/acting.ts';
import { emergencyReference } from '../../../server/cli/incident-reference.ts';
import { configSchema } from '../../../server/config/index.ts';
import { type Level, violationsOf } from '../../../server/incidents/auto-detect.ts';
import { ChangeRing } from '../../../server/incidents/change-ring.ts';
import { changesAtStart, givenSettings, startAct } from '../../../server/incidents/start.ts';

const PRESET = configSchema.parse({});

describe('since the start before', () => {
  const started = (version: string, given: Record<string, string>): AuditEntry => ({
    ...startAct(version, given),
    parameters: startAct(version, given).parameters as AuditEntry['parameters'],
    ...{ seq: 1, time: '', count: 1, prev: '', hash: '' },
  });
  const changes = (before: AuditEntry | null, given: Record<string, string>) =>
    changesAtStart(before, { version: '2', given, timeMs: 5 }).map(({ kind, summary }) => [kind, summary]);

  it('settings that are others now are named with both values', () => {
    const before = started('2', { 'retrieval.topk': '20', 'server.port': '1' });
    expect(changes(before, { 'retrieval.topk': '30', 'ops.slo.file': '"a=b"' })).toEqual([
      ['restart', 'wp-chat 2 was started'],
      ['config', 'ops.slo.file: as it ships → "a=b"; retrieval.topk: 20 → 30; server.port: 1 → as it ships'],
    ]);
  });

  it('another version is told; the same settings are no change; nobody before is none', () => {
    const given = { 'source.name': '"x=y"' };
    expect(changes(started('1', given), given)).toEqual([['restart', 'wp-chat 2 was started, after 1']]);
    expect(changes(null, given)).toEqual([['restart', 'wp-chat 2 was started']]);
  });

  it('only what is not as it ships is given, and of a secret only that it is', () => {
    expect(givenSettings(PRESET)).toEqual({});
    const config = configSchema.parse({
      retrieval: { topk: 20 },
      server: { shared: { redis: 'redis://:secret@localhost' } },
      backup: { endpoint: 'https://me:secret@minio.example' },
    });
    const given = givenSettings(config);
    expect(given['retrieval.topk']).toBe('20');
    expect(given['server.shared.redis']).toBe('set');
    expect(given['backup.endpoint']).toBe('"https://[redacted]@minio.example"');
  });

  it('the ring has what may still be suspect, and no more than it has room for', () => {
    const ring = new ChangeRing();
    const HOUR = 3_600_000;
    for (let n = 0; n < 500; n++) ring.note({ kind: 'operator', timeMs: n * 1000, summary: String(n), by: '' });
    expect(ring.since(0)).toHaveLength(200);
    expect(ring.since(490_000)).toHaveLength(10);
    ring.note({ kind: 'restart', timeMs: 5 * HOUR, summary: '', by: '' });
    expect(ring.since(0)).toHaveLength(1);
  });
});

describe('what the objectives say', () => {
  const { slo } = PRESET.ops;
  const level = (successPercent: number | null, latencyMsP95: number | null): Level => ({
    ...{ requests: 1000, successPercent, latencyMsP95 },
  });
  const burning = (indicator: ObjectiveStatus['indicator'], severity: 'critical' | 'low'): ObjectiveStatus => ({
    ...{ name: 'o', indicator, thresholdMs: null, endpoints: [], targetPercent: 99.5, windowDays: 28 },
    ...{ good: 1, total: 1, attainedPercent: 100, budgetLeftPercent: 50 },
    burns: [{ severity, longS: 3600, shortS: 300, burnMax: 14.4, burnLong: 20, burnShort: 20, firing: true }],
  });
  const said = (...asked: Parameters<typeof violationsOf>) =>
    violationsOf(...asked).map(({ type, severity }) => `${type} ${severity}`);

  it.each([
    [99.9, 100, []],
    [null, null, []],
    [99.7, 100, ['high_error_rate low']],
    [99.4, 100, ['high_error_rate medium']],
    [98.9, 900, ['high_error_rate high', 'high_latency low']],
    [94, 6000, ['high_error_rate critical', 'high_latency critical']],
  ] as const)('%s percent that succeed and %s ms are what the runbook has them be', (success, p95, expected) => {
    expect(said(level(success, p95), [], slo)).toEqual(expected);
  });

  it('of one type there is one, as bad as the worse of both', () => {
    expect(said(level(99.7, 100), [burning('availability', 'critical')], slo)).toEqual(['high_error_rate critical']);
    expect(said(level(94, 100), [burning('availability', 'low')], slo)).toEqual(['high_error_rate critical']);
    expect(said(level(null, null), [burning('latency', 'low')], slo)).toEqual(['high_latency low']);
  });
});

const RUNBOOK = join(packageRoot, '../shared/spec/runbook.md');

it.skipIf(!existsSync(RUNBOOK))("the quick reference is the runbook's", () => {
  const names: Readonly<Record<string, string>> = {
    'Check Logs': 'show_errors',
    'Check Model Files': 'check_models',
    'Restart Service': 'restart_workers',
    'Adjust Limits': 'adjust_rate_limits',
    'Block IPs': 'block_addresses',
    'Disable Reranking': 'disable_rerank',
  };
  const slug = (text: string): string => names[text] ?? text.toLowerCase().replaceAll(' ', '_');
  const rows = readFileSync(RUNBOOK, 'utf8')
    .split('\n')
    .filter((line) => /^\| [A-Z][a-z]+ [A-Za-z ]+\| (Critical|High|Medium|Low) \|/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  expect(rows).toHaveLength(8);
  const reference = emergencyReference();
  for (const [type, severity, first, second] of rows) {
    const told = reference.find(({ incident_type: known }) => known === slug(type!))!;
    expect(told.severity).toBe(severity!.toLowerCase());
    // What only looks at figures may stand before.
    const acting = told.actions
      .map(({ action_id: action }) => action)
      .filter((action) => !/^show_(memory|rate)/.test(action));
    expect(acting.slice(0, 2), type).toEqual([slug(first!), slug(second!)]);
  }
});

describe('the machine acts on', () => {
  const reported = { id: '01J', type: 'memory_leak', severity: 'high', state: 'detected', acknowledged: null };
  const firing = (over: object): boolean =>
    acuteOf({ ...reported, source: 'operator', signs: [], ...over } as unknown as Incident).firing;

  it('what it sees itself, and not on the word of people alone', () => {
    expect(firing({})).toBe(false);
    expect(firing({ source: 'objectives' })).toBe(true);
    expect(firing({ source: 'detector', signs: [{}] })).toBe(true);
    expect(firing({ signs: [{}] })).toBe(true);
  });

  it('what is not mitigated yet', () => {
    expect(firing({ signs: [{}], state: 'mitigating' })).toBe(true);
    expect(firing({ signs: [{}], state: 'mitigated' })).toBe(false);
  });
});
