/** `make replay`: 300 simulated days at two rates on held-out seeds; writes replay.json and replay.md. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../../engine/package-root.ts';
import { addTally, emptyTally } from './referee.ts';
import type { ReplayOutcome, ReplayTask } from './replay.ts';
import type { FromWorker } from './replay-worker.ts';
import { jsonOf, type RateResult, reportOf } from './report.ts';
import { HOLD_OUT, HOLD_OUT_DAYS_A_SEED } from './seeds.ts';

const RESULTS = join(packageRoot, 'bench/results');
const THREADS_MAX = 4;
const PROGRESS_EVERY_MS = 5000;

/** Answers in the order of the tasks, whichever thread was first. */
async function replayAll(tasks: readonly ReplayTask[], eachDay: () => void): Promise<ReplayOutcome[]> {
  const outcomes: ReplayOutcome[] = [];
  let next = 0;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./replay-worker.js', import.meta.url));
      let at = -1;
      const advance = (): void => {
        at = next++;
        if (at < tasks.length) worker.postMessage(tasks[at]);
        else void worker.terminate().then(() => resolve());
      };
      worker.on('error', reject);
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'day') return eachDay();
        outcomes[at] = message.outcome;
        advance();
      });
      advance();
    });
  await Promise.all(Array.from({ length: Math.min(THREADS_MAX, availableParallelism(), tasks.length) }, work));
  return outcomes;
}

function progress(daysInAll: number): () => void {
  const startMs = Date.now();
  let days = 0;
  let toldMs = startMs;
  return () => {
    days += 1;
    const nowMs = Date.now();
    if (nowMs - toldMs < PROGRESS_EVERY_MS && days < daysInAll) return;
    toldMs = nowMs;
    const leftS = (((nowMs - startMs) / days) * (daysInAll - days)) / 1000;
    process.stderr.write(`replay: ${days} of ${daysInAll} days, about ${Math.ceil(leftS)} s left\n`);
  };
}

const tasks = HOLD_OUT.flatMap(({ perS, seeds }) => seeds.map((seed) => ({ perS, seed, days: HOLD_OUT_DAYS_A_SEED })));
const startMs = Date.now();
const outcomes = await replayAll(tasks, progress(tasks.length * HOLD_OUT_DAYS_A_SEED));
const rates: RateResult[] = HOLD_OUT.map(({ perS, seeds }) => {
  const sum = { detectors: emptyTally(), published: emptyTally(), pages: emptyTally(), fiveMinutes: emptyTally() };
  for (const [at, task] of tasks.entries()) {
    if (task.perS !== perS) continue;
    for (const judge of Object.keys(sum) as (keyof ReplayOutcome)[]) addTally(sum[judge], outcomes[at]![judge]);
  }
  return { perS, days: seeds.length * HOLD_OUT_DAYS_A_SEED, ...sum };
});
const report = reportOf(rates, (Date.now() - startMs) / 1000);
writeFileSync(join(RESULTS, 'replay.json'), `${JSON.stringify(jsonOf(rates), null, 1)}\n`);
writeFileSync(join(RESULTS, 'replay.md'), report);
process.stdout.write(report);
