/** A day of heavy traffic in some minutes: the judge itself, with a clock that is pushed on second by second. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDetectors, Judge, judgementOf, Objectives, type ProcessState, targetsOf } from '../../ops/index.ts';
import { configSchema } from '../../server/config/index.ts';
import { sampleOf } from '../micro/sample-recording.ts';

const SAMPLES = 4096;
/** Steps between two looks at the memory. */
const LOOK_STEPS = 600;

export interface SimulatedDay {
  readonly metrics: Readonly<Record<string, number>>;
  /** Requests that the day's history holds, by hour: the same in every run. */
  readonly counted: readonly number[];
}

const STATE: ProcessState = {
  draining: false,
  workers: 1,
  workersBusy: 0,
  workersLost: 0,
  queriesWaiting: 0,
  load: { rung: 'full', rungNo: 0, concurrencyLimit: 100, queueStands: false, shed: { queue: 0, concurrency: 0 } },
  sharedIndexBytes: 0,
  index: { generation: 'simulated', createdAt: '', posts: 0, passages: 0, bytes: 0 },
  changes: {
    ...{ documents: 0, oldestS: null, invisible: 0, withoutVectors: 0 },
    ...{ journalBytes: 0, merging: false, fault: null },
  },
  models: { embedder: { name: '', state: 'off' }, reranker: { name: '', state: 'off' } },
  cache: { enabled: false, entries: 0, bytes: 0, bytesMax: 0 },
  incidents: [],
  arms: [],
  canary: () => ({ stop: null, experiments: [] }),
  lost: {},
};

export async function simulateDay(seconds: number, requestsPerSecond: number): Promise<SimulatedDay> {
  const directory = mkdtempSync(join(tmpdir(), 'wp-chat-day-'));
  const { slo, detectors, historyBytesMax, historyDiskBytesMax } = configSchema.parse({}).ops;
  const { objectives, tiers } = judgementOf(slo);
  const { slowMs, ...targets } = targetsOf(objectives, slo);
  const startMs = Date.UTC(2026, 0, 31);
  let nowMs = 0;
  const judge = new Judge({
    clock: { nowUs: () => nowMs * 1000, wallMs: () => startMs + nowMs },
    logs: { directory, fileBytesMax: 2 ** 24, filesKept: 2 },
    version: 'simulated',
    memoryBytesMax: 0,
    historyBytesMax,
    historyDiskBytesMax,
    slowMs,
    stages: [],
    objectives: new Objectives(objectives, tiers),
    detectors: createDetectors(detectors, targets),
    state: () => STATE,
  });
  const samples = Array.from({ length: SAMPLES }, (_, n) => sampleOf(n));
  const most = { rssMiB: 0, historyMiB: 0, stepMs: 0 };
  let stepsMs = 0;
  let firstRssMiB = 0;
  let next = 0;
  try {
    for (let second = 1; second <= seconds; second++) {
      for (let n = 0; n < requestsPerSecond; n++) judge.record(samples[next++ % SAMPLES]!);
      nowMs += 1000;
      const beforeMs = performance.now();
      judge.step();
      const stepMs = performance.now() - beforeMs;
      stepsMs += stepMs;
      most.stepMs = Math.max(most.stepMs, stepMs);
      await judge.flush();
      if (second % LOOK_STEPS !== 0 && second !== seconds) continue;
      const rssMiB = process.memoryUsage.rss() / 2 ** 20;
      firstRssMiB ||= rssMiB;
      most.rssMiB = Math.max(most.rssMiB, rssMiB);
      most.historyMiB = Math.max(most.historyMiB, judge.history.size.bytes / 2 ** 20);
    }
    return {
      metrics: {
        'history MiB most': most.historyMiB,
        'RSS MiB most': most.rssMiB,
        'RSS MiB after 10 min': firstRssMiB,
        'step ms': stepsMs / seconds,
        'step ms most': most.stepMs,
      },
      counted: hours(judge, startMs),
    };
  } finally {
    await judge.stop();
    rmSync(directory, { recursive: true });
  }
}

function hours({ history, recorder }: Judge, startMs: number): number[] {
  const whole = [...history.intervals(3600, startMs, startMs + 30 * 86_400_000)].length;
  return [whole, ...[...recorder.outcomes().values()].flatMap((outcomes) => Object.values(outcomes))];
}
