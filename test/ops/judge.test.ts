import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Judge, type JudgeParts } from '../../ops/judge.ts';
import type { Interval } from '../../ops/metrics/interval.ts';
import { totalOf } from '../../ops/metrics/sparse.ts';
import type { Observation } from '../../ops/observation.ts';
import type { ProcessState } from '../../ops/process-state.ts';
import { Objectives, presetObjectives, sloSchema, tiersOf } from '../../ops/slo/index.ts';
import { scratchFolder } from '../support/scratch.ts';
import { sampleOf } from './sample-of.ts';

const STATE: ProcessState = {
  draining: false,
  workers: 2,
  workersBusy: 1,
  workersLost: 0,
  queriesWaiting: 3,
  load: { rung: 'full', rungNo: 0, concurrencyLimit: 100, queueStands: false, shed: { queue: 0, concurrency: 0 } },
  sharedIndexBytes: 1000,
  index: { generation: 'g', createdAt: '2026-01-01T00:00:00Z', posts: 1, passages: 2, bytes: 3 },
  changes: {
    ...{ documents: 0, oldestS: null, invisible: 0, withoutVectors: 0 },
    ...{ journalBytes: 0, merging: false, fault: null },
  },
  models: { embedder: { name: 'e', state: 'ready' }, reranker: { name: 'r', state: 'unavailable' } },
  cache: { enabled: false, entries: 0, bytes: 0, bytesMax: 0 },
  incidents: [],
  arms: [{ arm: 'control', sharePercent: 100 }],
  canary: () => ({ stop: null, experiments: [] }),
  lost: { api_errors: 7 },
};

/** A judge over a clock of our own, that keeps what its objectives and detectors were shown. */
function judged(
  directory = join(scratchFolder(), 'logs'),
  startMs = Date.UTC(2026, 0, 31, 11, 59, 50),
  objectives?: JudgeParts['objectives'],
) {
  const time = { us: 0, wallMs: startMs };
  const seen: { intervals: Interval[]; observations: Observation[]; seeded: number } = {
    intervals: [],
    observations: [],
    seeded: 0,
  };
  const parts: JudgeParts = {
    clock: { nowUs: () => time.us, wallMs: () => time.wallMs },
    logs: { directory, fileBytesMax: 2 ** 20, filesKept: 2 },
    version: '9.9.9',
    memoryBytesMax: 0,
    historyBytesMax: 2 ** 26,
    historyDiskBytesMax: 2 ** 26,
    slowMs: 800,
    stages: [],
    objectives: objectives ?? {
      seed: (source, nowMs) => {
        for (const interval of source.intervals(10, 0, nowMs)) seen.seeded += interval.series.size;
      },
      observe: (interval) => seen.intervals.push(interval),
      status: () => [],
    },
    detectors: {
      step: (observation) => {
        seen.observations.push(observation);
        return [];
      },
    },
    state: () => STATE,
  };
  const judge = new Judge(parts);
  const pass = (seconds: number) => {
    time.us += seconds * 1e6;
    time.wallMs += seconds * 1000;
    judge.step();
    return judge.snapshot;
  };
  return { judge, time, seen, pass, directory };
}

describe('the judge', () => {
  it('shows a snapshot from the start, and tells every listener after each step', () => {
    const { judge, pass } = judged();
    expect(judge.snapshot).toMatchObject({ step: 1, latency: null, process: { version: '9.9.9', queriesWaiting: 3 } });
    const steps: number[] = [];
    const stop = judge.subscribe(() => steps.push(judge.snapshot.step));
    pass(1);
    pass(1);
    stop();
    pass(1);
    expect(steps).toEqual([2, 3]);
    expect(judge.snapshot.lost).toMatchObject({ api_errors: 7, history: 0, slo_metrics: 0 });
  });

  it('detectors see what happened in the step, of searches only', () => {
    const { judge, seen, pass } = judged();
    for (let n = 0; n < 10; n++) judge.record(sampleOf({ totalNs: 1e6, queueNs: 4e6 }));
    judge.record(sampleOf({ totalNs: 900e6, empty: true, cache: 'miss' }));
    judge.record(sampleOf({ cache: 'hit' }));
    for (const outcome of ['shed', 'deadline', 'failed', 'limited', 'invalid', 'aborted'] as const)
      judge.record(sampleOf({ outcome }));
    judge.record(sampleOf({ endpoint: '/search/batch#query', degraded: ['rerank_failed'] }));
    judge.record(sampleOf({ endpoint: '/stats/health', outcome: 'failed' }));
    pass(1);
    const { queueMsP95, ...observation } = seen.observations.at(-1)!;
    expect(observation).toMatchObject({
      elapsedS: 1,
      requests: 19,
      valid: 16,
      failed: 3,
      answered: 13,
      slow: 1,
      limited: 1,
      shed: 1,
      invalid: 1,
      aborted: 1,
      cacheLookups: 2,
      cacheHits: 1,
      modelAsked: 12,
      modelFailed: 1,
      modelsUnavailable: 1,
      empty: 1,
    });
    expect(queueMsP95).toBeCloseTo(4, 2);
    expect(observation.talkers).toEqual([{ client: '192.0.2.1', requests: 19, errorMax: 0 }]);
    expect(observation.residentBytes).toBeGreaterThan(1e6);
    expect(observation.memoryBytesMax).toBeGreaterThan(observation.residentBytes);
    pass(1);
    expect(seen.observations.at(-1)).toMatchObject({ requests: 0, valid: 0, empty: 0, modelFailed: 0 });
  });

  it('a process that was held up makes one long step, not many empty ones', () => {
    const { judge, seen, pass } = judged();
    pass(1);
    judge.record(sampleOf());
    const { perSecond } = pass(4);
    expect(seen.observations.at(-1)).toMatchObject({ elapsedS: 4, requests: 1 });
    expect(perSecond.answered).toBe(0.25);
    const starts = [...judge.history.intervals(1, 0, Number.MAX_SAFE_INTEGER)].map(({ startMs }) => startMs);
    expect(starts.map((ms) => ms - starts[0]!)).toEqual([0, 1000]);
    pass(1);
    const last = [...judge.history.intervals(1, 0, Number.MAX_SAFE_INTEGER)].at(-1)!;
    expect(last.startMs - starts[1]!).toBe(4000);
  });

  it('a wall clock that is set back or forward spoils no interval', () => {
    const { judge, time, seen, pass } = judged();
    for (let n = 0; n < 5; n++) {
      judge.record(sampleOf());
      pass(1);
    }
    time.wallMs -= 3_600_000;
    for (let n = 0; n < 5; n++) {
      judge.record(sampleOf());
      pass(1);
    }
    const starts = () => [...judge.history.intervals(1, 0, Number.MAX_SAFE_INTEGER)].map(({ startMs }) => startMs);
    const before = starts();
    expect(before).toEqual(before.map((_, n) => before[0]! + n * 1000));
    expect(before).toHaveLength(10);
    time.wallMs += 7_200_000;
    for (let n = 0; n < 5; n++) {
      judge.record(sampleOf());
      pass(1);
    }
    // The first step closes the interval that was open; the others are an hour later, when all before is too old.
    const after = starts();
    expect(after).toEqual(after.map((_, n) => after[0]! + n * 1000));
    expect(after).toHaveLength(4);
    expect(after[0]! - before[0]!).toBeGreaterThan(3_600_000);
    expect(seen.observations.slice(1).every(({ requests, elapsedS }) => requests === 1 && elapsedS === 1)).toBe(true);
    expect(judge.recorder.events.get('clock_jump')).toBe(1);
  });

  it('a clock that jumps, or a process that is stopped, moves no window of a budget by more than that', () => {
    for (const jump of [
      (time: { us: number; wallMs: number }) => {
        time.wallMs += 2 * 3_600_000;
      },
      (time: { us: number; wallMs: number }) => {
        time.us += 7200 * 1e6;
        time.wallMs += 2 * 3_600_000;
      },
    ]) {
      const settings = sloSchema.parse({});
      const objectives = new Objectives(presetObjectives(settings), tiersOf(settings));
      const { judge, time, pass } = judged(undefined, undefined, objectives);
      // The jump comes in the middle of ten seconds.
      for (let second = 0; second < 5; second++) pass(1);
      for (let n = 0; n < 20; n++) judge.record(sampleOf({ outcome: 'failed' }));
      jump(time);
      for (let second = 0; second < 20; second++) pass(1);
      for (let n = 0; n < 20; n++) judge.record(sampleOf({ outcome: 'failed' }));
      // Of the pair over 24 h and 2 h, the longer one still holds both bursts 21 h later, as it would without the jump.
      for (let second = 0; second < 60; second++) pass(1);
      time.us += 21 * 3600 * 1e6;
      time.wallMs += 21 * 3_600_000;
      pass(1);
      expect(judge.snapshot.objectives[0]!.burns[2]).toMatchObject({ burnLong: 200, burnShort: null });
      expect(judge.snapshot.objectives[0]!.total).toBe(40);
      time.us += 1.5 * 3600 * 1e6;
      time.wallMs += 1.5 * 3_600_000;
      pass(1);
      expect(judge.snapshot.objectives[0]!.burns[2]!.burnLong).toBe(200);
    }
  });

  it('objectives are fed with whole intervals of ten seconds, and a minute leaves a line', async () => {
    const { judge, seen, pass, directory } = judged();
    for (let second = 0; second < 75; second++) {
      judge.record(sampleOf({ totalNs: 3e6 }));
      pass(1);
    }
    expect(seen.intervals.map(({ lengthMs }) => lengthMs)).toEqual(Array.from({ length: 7 }, () => 10_000));
    await judge.stop();
    const lines = readFileSync(join(directory, 'slo_metrics.jsonl'), 'utf8').trimEnd().split('\n');
    const records = lines.map(
      (line) => JSON.parse(line) as { time: string; endpoints: Record<string, { requests: number }> },
    );
    expect(records.map(({ time }) => time)).toEqual([
      '2026-01-31T11:59:00.000Z',
      '2026-01-31T12:00:00.000Z',
      '2026-01-31T12:01:00.000Z',
    ]);
    expect(records.map(({ endpoints }) => endpoints['/search']!.requests)).toEqual([10, 60, 5]);
    expect(records[1]).toMatchObject({ intervalS: 60, endpoints: { '/search': { outcomes: { answered: 60 } } } });
  });

  it('a restart keeps the history of every resolution, and begins with it', async () => {
    const first = judged();
    for (let second = 0; second < 70; second++) {
      first.judge.record(sampleOf());
      first.pass(1);
    }
    await first.judge.stop();
    const again = judged(first.directory, first.time.wallMs + 5000);
    await again.judge.start();
    expect(again.judge.faults).toEqual({ lines: 0, told: [] });
    for (const [resolutionS, expected] of [
      [1, 70],
      [10, 7],
      [60, 2],
      [3600, 2],
    ] as const) {
      const kept = [...again.judge.history.intervals(resolutionS, 0, Number.MAX_SAFE_INTEGER)];
      expect([resolutionS, kept.length]).toEqual([resolutionS, expected]);
    }
    expect(again.seen.seeded).toBe(7);
    await again.judge.stop();
  });

  it('a log folder that cannot be written costs lines, which are counted and shown, and nothing else', async () => {
    const folder = scratchFolder();
    const directory = join(folder, 'logs');
    writeFileSync(directory, 'in the way');
    const { judge, pass } = judged(directory);
    await judge.start();
    for (let second = 0; second < 70; second++) {
      judge.record(sampleOf());
      pass(1);
    }
    await judge.stop();
    judge.step();
    const { lost } = judge.snapshot;
    expect(lost['history']).toBeGreaterThan(0);
    expect(lost['slo_metrics']).toBeGreaterThan(0);
    expect(judge.snapshot.perSecond).toBeDefined();
    rmSync(directory);
    expect(existsSync(directory)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a process that is killed takes nothing with it that a finer ring still holds', async () => {
    const first = judged();
    for (let second = 0; second < 100; second++) {
      first.judge.record(sampleOf({ empty: true }));
      first.pass(1);
    }
    // Killed: what was written stays, nothing is closed.
    await first.judge.flush();
    const again = judged(first.directory, first.time.wallMs + 2000);
    await again.judge.start();
    for (let second = 0; second < 100; second++) {
      again.judge.record(sampleOf());
      again.pass(1);
    }
    await again.judge.stop();
    const third = judged(first.directory, again.time.wallMs + 5000);
    await third.judge.start();
    for (const resolutionS of [1, 10, 60, 3600] as const) {
      let requests = 0;
      let empty = 0;
      for (const { series, events } of third.judge.history.intervals(resolutionS, 0, Number.MAX_SAFE_INTEGER)) {
        for (const [tag, counts] of series) if (tag.startsWith('total;')) requests += totalOf(counts);
        empty += events.get('empty') ?? 0;
      }
      expect([resolutionS, requests, empty]).toEqual([resolutionS, 200, 100]);
    }
    await third.judge.stop();
  });
});
