import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import type { CapacityReport } from '../../../ops/capacity/index.ts';
import { answerBody, listen, TIMINGS } from '../../ops/capacity/sweep/fake-server.ts';
import { askCli, runCli } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** A server with one worker that takes 4 ms with each query, and what is needed to be taken for wp-chat. */
async function tinyServer(): Promise<string> {
  let worker: Promise<void> = Promise.resolve();
  let requests = 0;
  const { port } = await listen((request, response) => {
    const path = request.url!.split('?')[0];
    const say = (value: object): void => void response.end(JSON.stringify(value));
    if (path === '/stats/health/live') return say({ live: true });
    if (path === '/stats/device') return say({ device: { cpu: 'tiny', cores: 2 }, threads: { workers: 1 } });
    if (path === '/stats/metrics') return say({ endpoints: { '/search': { requests } } });
    requests += 1;
    worker = worker.then(() => new Promise((resolve) => setTimeout(resolve, 4)));
    void worker.then(() =>
      response.end(answerBody({ ...TIMINGS, queueMs: 0, rerankMs: 3, documentsMs: 1, totalMs: 4 })),
    );
  });
  return `http://127.0.0.1:${port}`;
}

const SWEEP = ['--rates', '10,30,60,120', '--seconds', '0.5', '--arrivals', 'uniform', '--seed', '5'];

describe('wp-chat capacity', () => {
  it('sweeps a server, writes what it found, checks it, and reads it back to the same answer', async () => {
    const out = join(scratchFolder(), 'new', 'folder');
    const url = await tinyServer();
    const run = await runCli([
      'capacity',
      '--url',
      url,
      ...SWEEP,
      '--threshold-ms',
      '20',
      '--now',
      '2',
      '--check',
      '--out',
      out,
    ]);
    expect([run.code, run.out.slice(0, 10)]).toEqual([0, '# Capacity']);
    expect(run.err).toMatch(/^10 requests\/s: p95 [\d.]+ ms, 20 of 20 answered\n30 requests\/s/);
    expect(run.err).toContain('wrote ');
    expect(readdirSync(out).sort()).toEqual(
      ['hlog', 'json', 'latency.svg', 'md', 'sweep.json', 'throughput.svg', 'utilisation.svg'].map(
        (ending) => `capacity.${ending}`,
      ),
    );
    const report = JSON.parse(readFileSync(join(out, 'capacity.json'), 'utf8')) as CapacityReport;
    expect(report.sweep).toMatchObject({ server: { cpu: 'tiny', cores: 2, workers: 1 }, queries: 40, fresh: 1 });
    expect(report.answer!.loads).toHaveLength(4);
    expect(report.answer!.stages!.stages[0]!.stage).toBe('rerank');
    // On a busy machine even the lowest rate may be beyond the threshold: then there is no headroom to tell.
    if (report.answer!.headroom !== null) expect(report.answer!.headroom.nowPerSecond).toBe(2);
    // Nor is there a rate to run it at.
    if (report.check !== null) expect(report.check.requests).toBeGreaterThan(0);
    for (const name of ['capacity.sweep.json', 'capacity.hlog']) {
      const again = await askCli([
        '--json',
        'capacity',
        '--from',
        join(out, name),
        '--threshold-ms',
        '20',
        '--now',
        '2',
      ]);
      expect([again.code, again.err]).toEqual([0, '']);
      expect((JSON.parse(again.out) as CapacityReport).answer).toEqual(report.answer);
    }
  });

  it('beside --json says nothing but the report', async () => {
    const { code, out, err } = await runCli([
      '--json',
      'capacity',
      '--url',
      await tinyServer(),
      '--rates',
      '50,100',
      '--seconds',
      '0.5',
    ]);
    expect([code, err]).toEqual([0, '']);
    const { answer } = JSON.parse(out) as CapacityReport;
    // The server counts: nobody asked it anything before the sweep.
    expect(answer!.headroom).toMatchObject({ nowPerSecond: 0, share: 1 });
  });

  const logs = join(packageRoot, '../shared/conformance/hdrhistogram');
  it
    .skipIf(!existsSync(logs))
    .each(readdirSync(existsSync(logs) ? logs : packageRoot).filter((name) => name.endsWith('.hlog')))(
    'reads %s back',
    async (name) => {
      const { code, out, err } = await askCli(['capacity', '--from', join(logs, name)]);
      expect([code, err]).toEqual([0, '']);
      expect(out).toContain('recorded under one load');
      expect(out).toMatch(/\| \(none\) \| \d+ \|/);
    },
  );

  const folder = scratchFolder();
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it.each([
    [['--url', 'http://example.com'], 2, 'request_invalid', 'only this machine itself may be put under load'],
    [['--url', 'http://127.0.0.1:1'], 5, 'source_unreadable', 'Cannot sweep'],
    [['--rates', '40,20'], 2, 'request_invalid', 'expected rates that rise'],
    [['--rates', '40'], 2, 'request_invalid', 'two rates at least'],
    [['--rates', '-1,5'], 2, 'config_invalid', '--rates'],
    [['--min-rate', '50', '--max-rate', '5'], 2, 'request_invalid', '--min-rate'],
    [['--seconds', '-3'], 2, 'config_invalid', '--seconds'],
    [['--threshold-ms', 'soon'], 2, 'config_invalid', '--threshold-ms'],
    [['--fresh', '2'], 2, 'config_invalid', '--fresh'],
    [['--arrivals', 'steady'], 2, 'request_invalid', 'poisson or uniform'],
    [['--parameters', 'q=mine'], 2, 'request_invalid', '--parameters'],
    [['--queries', '/none/such'], 5, 'source_unreadable', 'Cannot read queries'],
    [['--queries', file('empty.txt', '\n\n')], 5, 'source_invalid', 'no query in'],
    [['--queries', file('bad.jsonl', '{"text": "a"}\n{"txet": "b"}\n')], 5, 'source_invalid', 'bad.jsonl:2'],
    [['--from', '/none/such.hlog'], 5, 'source_unreadable', 'Cannot read measurements'],
    [['--from', file('empty.hlog', '')], 5, 'source_invalid', 'it has no interval'],
    [['--from', file('text.hlog', 'a poem\nof two lines\n')], 5, 'source_invalid', 'none of 2 lines is an interval'],
    [['--from', file('sweep.json', '{"steps": []}')], 5, 'source_invalid', 'Cannot read sweep'],
    [['--from', file('x.hlog', ''), '--check'], 2, 'request_invalid', '--check'],
  ])('%j is refused', async (words, exit, code, said) => {
    const { code: ended, out, err } = await askCli(['--json', 'capacity', ...words]);
    expect([ended, out]).toEqual([exit, '']);
    const refusal = JSON.parse(err) as { code: string; detail: string };
    expect(refusal.code).toBe(code);
    expect(refusal.detail).toContain(said);
  });

  it('has a help with examples', async () => {
    const { code, out } = await askCli(['capacity', '--help']);
    expect(code).toBe(0);
    expect(out).toContain('$ wp-chat capacity --from');
  });
});
