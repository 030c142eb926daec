import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../../engine/package-root.ts';
import { isSpread } from '../../../../ops/capacity/answer.ts';
import { loadsOfSweep, readSource, sweepLog } from '../../../../ops/capacity/load/index.ts';
import type { Part, Sweep, SweepStep } from '../../../../ops/capacity/sweep/index.ts';
import { Counts } from '../../../../ops/metrics/counts.ts';
import { toHlogField } from '../../../../ops/metrics/hdr-bytes.ts';
import { indexOf } from '../../../../ops/metrics/layout.ts';
import { encodeCounts } from '../../../../ops/metrics/sparse.ts';
import { scratchFolder } from '../../../support/scratch.ts';
import { javaMissing, javaSummary } from '../hlog/java.ts';

const field = (ms: readonly number[]): string => {
  const counts = new Counts();
  for (const one of ms) counts.addAt(indexOf(Math.round(one * 1e6)), 1);
  return toHlogField(encodeCounts(counts.dense));
};
const repeated = (ms: number, times: number): number[] => Array.from({ length: times }, () => ms);

function step(perSecond: number, startMs: number, ms: number): SweepStep {
  const slices = [0, 1, 2].map((n) => {
    const histograms: Partial<Record<Part, string>> = {
      total: field(repeated(ms + n, perSecond)),
      service: field(repeated(ms / 2, perSecond)),
    };
    // A part that only some stretches have must come back to its own stretch.
    if (n === 2) histograms.rerank = field(repeated(ms / 4, 3));
    return { startS: n, seconds: n === 2 ? 1.25 : 1, histograms };
  });
  const sent = perSecond * 3;
  return {
    ...{ perSecond, startMs, seconds: 3.25, sent, answered: sent - 2, degraded: 1, unanswered: 1, failed: { 503: 1 } },
    ...{ lagMsP99: 1.5, generatorCpuShare: 0.02, machineCores: 1.1, cut: false, slices },
  };
}

const sweep: Sweep = {
  server: { cpu: 'some', cores: 2, workers: 1 },
  startMs: 1795410000123,
  loadBefore: [0.1, 0.2, 0.3],
  thresholdMs: 800,
  arrivals: 'poisson',
  seconds: 3,
  deadlineMs: 15_000,
  queries: 40,
  fresh: 0.5,
  parameters: 'topk=10',
  seed: 1,
  // The faster one was run first.
  steps: [step(10, 1795410010000, 40), step(30, 1795410001000, 90)],
};

function written(name: string, text: string): string {
  const file = join(scratchFolder(), name);
  writeFileSync(file, text);
  return file;
}
const ALL = { tag: null, unitsPerMs: null };

describe('a sweep', () => {
  it('comes back from its file as it was', async () => {
    const source = await readSource([written('a.sweep.json', JSON.stringify(sweep))], ALL);
    expect(source.sweep).toEqual(sweep);
    expect(source.loads).toEqual(loadsOfSweep(sweep));
    expect(source.loads.map(({ perSecond, answered, failed }) => [perSecond, answered, failed])).toEqual([
      [10, 28, 2],
      [30, 88, 2],
    ]);
  });

  it('comes back from its interval log with the same loads, stretch by stretch', async () => {
    const source = await readSource([written('a.hlog', sweepLog(sweep))], ALL);
    const expected = loadsOfSweep(sweep);
    expect(source.loads).toHaveLength(2);
    for (const [at, load] of source.loads.entries()) {
      const { latencies: _, slices: __, parts: ___, ...numbers } = load;
      const { latencies, slices, parts, ...same } = expected[at]!;
      expect(numbers).toEqual(same);
      for (const [n, slice] of slices.entries()) expect(load.slices[n]!.bounds).toEqual(slice.bounds);
      expect([...load.parts.keys()]).toEqual([...parts.keys()]);
      expect(load.parts.get('rerank')!.total).toBe(3);
      expect(load.latencies.total).toBe(latencies.total);
    }
    expect(source.logs[0]).toMatchObject({ skippedCount: 0, unitsPerMs: 1e6 });
  });

  it.skipIf(javaMissing !== null)('has a log that Java reads with equal counts', () => {
    const file = written('java.hlog', sweepLog(sweep));
    const java = javaSummary(file, 1, 'rate=30;total');
    expect(java.total).toBe(90);
    expect(java.lines.at(-1)!.count).toBe(90);
  });

  it('follows Little: requests in the system are answers a second times latency', () => {
    for (const { concurrency, seconds, latencies } of loadsOfSweep(sweep))
      expect(concurrency).toBeCloseTo((latencies.total / seconds) * (latencies.mean / 1000), 10);
  });

  const refused = async (change: (copy: Record<string, unknown> & { steps: Record<string, unknown>[] }) => void) => {
    const copy = structuredClone(sweep) as unknown as Record<string, unknown> & { steps: Record<string, unknown>[] };
    change(copy);
    const file = written('bad.sweep.json', JSON.stringify(copy));
    return expect(readSource([file], ALL)).rejects;
  };

  it('with a negative number is refused by its field', async () => {
    await (
      await refused((copy) => {
        copy.steps[1]!['answered'] = -3;
      })
    ).toMatchObject({
      code: 'source_invalid',
      message: expect.stringContaining('steps.1.answered'),
      place: { remedy: expect.any(String) },
    });
  });

  it('with rates that fall is refused', async () => {
    await (await refused((copy) => copy.steps.reverse())).toMatchObject({
      code: 'source_invalid',
      message: expect.stringContaining('steps.1.perSecond: expected rates that rise, got 10'),
    });
  });

  it.each([
    ['{"steps": [', 'JSON'],
    ['[]', 'file'],
    ['{}', 'server'],
  ])('written as %s is refused', async (text, said) => {
    await expect(readSource([written('x.json', text)], ALL)).rejects.toMatchObject({
      code: 'source_invalid',
      message: expect.stringContaining(said),
    });
  });
});

describe('interval logs', () => {
  const logs = join(packageRoot, '../shared/conformance/hdrhistogram');
  const NAMES = [
    'jHiccup-2.0.1.logV0.hlog',
    'jHiccup-2.0.6.logV1.hlog',
    'jHiccup-2.0.7S.logV2.hlog',
    'tagged-Log.logV2.hlog',
  ];

  it.skipIf(!existsSync(logs))(
    'of other tools are told tag by tag, and say nothing of growth when they had one load',
    async () => {
      for (const name of NAMES) {
        const { logs: told, loads, sweep: none } = await readSource([join(logs, name)], ALL);
        expect(none).toBeNull();
        expect(isSpread(loads)).toBe(false);
        expect(told[0]!.tags.map(({ tag }) => tag)).toEqual(name.startsWith('tagged') ? ['', 'A'] : ['']);
        for (const { events, p50Ms, maxMs } of told[0]!.tags)
          expect(events > 10_000 && p50Ms > 0.3 && p50Ms < 0.5 && maxMs > 1500).toBe(true);
      }
    },
  );

  it('of our own become loads: answers are latencies, bad ends failures, workers the parts; other addresses are left out', async () => {
    const lines: string[] = ['#[StartTime: 1795410000.000 (seconds since epoch)]'];
    for (let n = 0; n < 40; n++) {
      const rate = n < 20 ? 15 : 60;
      const at = `${1795410000 + n}.000,1.000,900.000`;
      lines.push(
        `Tag=total;/search;answered;none;done;control,${at},${field(repeated(50, rate - 1))}`,
        `Tag=total;/search/batch#query;answered;hit;none;control,${at},${field([20])}`,
        `Tag=total;/search;shed;none;dropped;control,${at},${field([900])}`,
        `Tag=total;/search;invalid;none;none;control,${at},${field([1])}`,
        `Tag=total;/search/batch;answered;none;done;control,${at},${field([70])}`,
        `Tag=total;/stats/health;answered;none;none;control,${at},${field([1])}`,
        `Tag=queue;/search;answered;none;done;control,${at},${field(repeated(10, rate))}`,
        `Tag=service;;;;;,${at},${field(repeated(30, rate))}`,
        `Tag=rerank;;;;;,${at},${field(repeated(25, rate))}`,
      );
    }
    const { loads } = await readSource([written('own.hlog', lines.join('\n'))], ALL);
    expect(loads.map(({ perSecond, answered, failed, seconds }) => [perSecond, answered, failed, seconds])).toEqual([
      [16, 300, 20, 20],
      [61, 1200, 20, 20],
    ]);
    expect(loads[1]!.parts.get('service')!.total).toBe(1200);
    expect(loads[1]!.parts.get('service')!.mean).toBeCloseTo(30, 1);
    expect(isSpread(loads)).toBe(true);
  });

  it('are read in other units where they are told, and by one tag alone', async () => {
    const file = written(
      'units.hlog',
      [`Tag=a,0.000,1.000,0.000,${field([3, 3])}`, `Tag=b,0.000,1.000,0.000,${field([9])}`].join('\n'),
    );
    const { logs: told } = await readSource([file], { tag: 'a', unitsPerMs: 1e3 });
    expect(told[0]!.tags.map(({ tag, events, maxMs }) => [tag, events, Math.round(maxMs)])).toEqual([
      ['a', 2, 3000],
      ['b', 1, 9003],
    ]);
    await expect(readSource([file], { tag: 'c', unitsPerMs: null })).rejects.toMatchObject({
      code: 'source_invalid',
      place: { expected: 'one of a, b' },
    });
  });

  it('are not mixed with sweeps', async () => {
    const file = written('b.hlog', sweepLog(sweep));
    await expect(readSource([file, file], ALL)).rejects.toMatchObject({ code: 'request_invalid' });
  });

  it('that are absent are refused with their name', async () => {
    await expect(readSource(['/none/such.hlog'], ALL)).rejects.toMatchObject({
      code: 'source_unreadable',
      place: { file: '/none/such.hlog' },
    });
  });
});
