import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ObjectiveStatus } from '../../../ops/snapshot.ts';
import { askCli, runCli } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** What a server of wp-chat says of its objectives, and nothing else of one. */
const servers: Server[] = [];
function serverSaying(objectives: readonly ObjectiveStatus[]): Promise<string> {
  const detector = { detector: 'errors', incident: 'high_error_rate', firing: true, severity: 'high', sinceS: 1 };
  const answers: Record<string, unknown> = {
    '/stats/health/live': { live: true },
    '/stats/slo': {
      time: '2026-01-05T12:00:00.000Z',
      objectives,
      detectors: [{ ...detector, level: 2, why: '40 of 200 searches failed', numbers: {} }],
    },
  };
  const server = createServer((request, response) => {
    const answer = answers[request.url!];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
  servers.push(server);
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );
}
afterAll(() => {
  for (const server of servers) server.close();
});

const status = (firing: readonly string[]): ObjectiveStatus => ({
  name: 'latency',
  indicator: 'latency',
  thresholdMs: 800,
  endpoints: ['/search'],
  targetPercent: 95,
  windowDays: 28,
  good: 960,
  total: 1000,
  attainedPercent: 96,
  budgetLeftPercent: 20,
  burns: (['critical', 'high', 'medium', 'low'] as const).map((severity, at) => ({
    severity,
    longS: [3600, 21_600, 86_400, 259_200][at]!,
    shortS: [300, 1800, 7200, 21_600][at]!,
    burnMax: 1,
    burnLong: at === 0 ? null : 2.25,
    burnShort: 1.5,
    firing: firing.includes(severity),
  })),
});

/** Nobody listens on port 1. */
const DEAD = ['--set', 'server.port=1'];
const record = (good: number): string =>
  JSON.stringify({
    time: '2026-01-05T12:00:00.000Z',
    intervalS: 60,
    endpoints: {},
    objectives: [{ name: 'availability', good, total: 1000, budgetLeftPercent: 12.34 }],
  });

describe('slo status', () => {
  it('shows each objective: target, attained, budget, burn rates, and what fires', async () => {
    const url = await serverSaying([status(['low'])]);
    const { code, out, err } = await runCli(['slo', 'status', '--url', url]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^OBJECTIVE +TARGET +ATTAINED +BUDGET LEFT +EVENTS +BURN 1h\/5m .*BURN 72h\/6h +FIRING$/m);
    expect(out).toMatch(
      /^latency +95 % within 800 ms, 28 d +96\.000 % +20\.0 % +1000 +–\/1\.5 +2\.3\/1\.5 +2\.3\/1\.5 +2\.3\/1\.5 +low$/m,
    );
    expect(out).toMatch(/^errors +high +40 of 200 searches failed$/m);
  });

  it.each([
    [['critical', 'low'], 1],
    [['high'], 1],
    [['medium', 'low'], 0],
    [[], 0],
  ])('exits by whether a page fires: %j → %i', async (firing, expected) => {
    const url = await serverSaying([status(firing)]);
    const { code, out } = await askCli(['slo', 'status', '--url', url, '--json']);
    expect(code).toBe(expected);
    expect(JSON.parse(out)).toMatchObject({ source: 'server', objectives: [{ name: 'latency' }] });
  });

  it('of a dead server reads its last record, and says how many lines it skipped', async () => {
    const logs = scratchFolder();
    const file = join(logs, 'slo_metrics.jsonl');
    writeFileSync(file, `${record(1)}\n${record(997)}\n{"time":"2026`);
    const words = ['slo', 'status', ...DEAD, '--set', `logs.directory=${logs}`];
    const { code, out, err } = await runCli(words);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(
      `No server answers at http://127.0.0.1:1. Its last record, of 2026-01-05T12:00:00.000Z, in ${file}; lines skipped, torn or none of ours: 1`,
    );
    expect(out).toMatch(/^availability +99\.700 % +12\.3 % +1000$/m);
    // Rotated a moment before it died.
    renameSync(file, `${file}.1`);
    writeFileSync(file, '\0\0\0\n');
    const rotated = await askCli([...words, '--json']);
    expect(JSON.parse(rotated.out)).toMatchObject({
      source: 'file',
      file: `${file}.1`,
      record: { objectives: [{ good: 997 }] },
      skippedLines: 2,
    });
  });

  it('without server or record says where it looked and what to do', async () => {
    const logs = join(scratchFolder(), 'none');
    const { code, out, err } = await askCli(['slo', 'status', ...DEAD, '--set', `logs.directory=${logs}`]);
    expect([code, out]).toEqual([5, '']);
    expect(err).toBe(
      `No server answers at http://127.0.0.1:1, and there is no record of one: ${join(logs, 'slo_metrics.jsonl')}\n` +
        'Start it with wp-chat serve, or name its logs: --set logs.directory=…\n',
    );
  });

  it('of a server that was named and does not answer does not look elsewhere', async () => {
    const { code, err } = await askCli(['slo', 'status', '--url', 'http://127.0.0.1:1', '--json']);
    expect(code).toBe(5);
    expect(JSON.parse(err)).toMatchObject({ code: 'source_unreadable' });
  });
});

describe('slo export and slo check', () => {
  it('write an OpenSLO file that is read back', async () => {
    const folder = scratchFolder();
    const file = join(folder, 'slo.yml');
    const written = await runCli(['slo', 'export', '--out', file]);
    expect([written.code, written.out, written.err]).toEqual([0, `3 objectives in ${file}\n`, '']);
    const { code, out } = await askCli(['slo', 'check', file]);
    expect(code).toBe(0);
    expect(out).toMatch(/^tail +within 2000 ms +99 % +28 d +\/search \/search\/batch#query$/m);
    expect(out).toMatch(/^critical +> 14\.4 +1h and 5m$/m);
    expect((await askCli(['slo', 'export'])).out).toBe(readFileSync(file, 'utf8'));
  });

  it('write rules for Prometheus', async () => {
    const { code, out } = await askCli(['slo', 'export', '--format', 'prometheus']);
    expect(code).toBe(0);
    const [rules] = parseAllDocuments(out);
    expect((rules!.toJS() as { groups: { name: string }[] }).groups.map(({ name }) => name)).toEqual([
      'wp-chat-slo-availability-burn',
      'wp-chat-slo-availability-budget',
      'wp-chat-slo-latency-burn',
      'wp-chat-slo-latency-budget',
      'wp-chat-slo-tail-burn',
      'wp-chat-slo-tail-budget',
    ]);
  });

  it('refuse a file with its line, the field, the value and what to do', async () => {
    const file = join(scratchFolder(), 'slo.yml');
    const right = (await askCli(['slo', 'export'])).out;
    const wrong = right.replace('target: 0.95', 'target: 95');
    writeFileSync(file, wrong);
    const line = wrong.split('\n').findIndex((text) => text.includes('target: 95')) + 1;
    const asText = await askCli(['slo', 'check', file]);
    expect([asText.code, asText.out, asText.err]).toEqual([
      2,
      '',
      `${file}:${line}: spec.objectives[0].target: expected a number from 0.01 to 0.99999, got 95\n` +
        'Set a target below 100 %, or there is no error budget\n',
    ]);
    expect(JSON.parse((await askCli(['slo', 'check', file, '--json'])).err)).toMatchObject({
      code: 'config_invalid',
      file,
      line,
      field: 'spec.objectives[0].target',
      value: 95,
    });
  });

  it('say so where a file cannot be written', async () => {
    const folder = join(scratchFolder(), 'slo.yml');
    mkdirSync(folder);
    const { code, err } = await askCli(['slo', 'export', '--out', folder]);
    expect(code).toBe(1);
    expect(err).toBe(`Cannot write: EISDIR: ${folder}\nName a file in a folder that can be written: --out FILE\n`);
  });
});
