/** The process that merges: takes one job from its parent and ends with it; with its parent, if that goes first. */
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { type MergedChange, mergeGeneration } from '../../engine/build/index.ts';
import { systemClock } from '../../engine/clock.ts';
import { EngineError } from '../../engine/errors.ts';
import { leastCoverage } from '../../engine/store/index.ts';
import type { FromMerger, Merged, MergeJob, ToMerger } from './merge-messages.ts';

/** Below the process that answers queries: what they leave is enough. */
const NICENESS = 10;

const tell = (message: FromMerger, then: () => void = () => {}): void => {
  process.send!(message, then);
};

async function* changes(): AsyncGenerator<MergedChange> {
  for (let last = false; !last; ) {
    const heard = once(process, 'message');
    tell({ more: true });
    const [some] = (await heard) as [Extract<ToMerger, { changes: unknown }>];
    yield* some.changes;
    last = some.last;
  }
}

async function merge({ config, from, changed, coverage }: MergeJob): Promise<Merged> {
  const manifest = await mergeGeneration(
    { config, from, changed: new Set(changed), changes: changes(), coverage },
    { clock: systemClock, progress: (stage) => tell({ stage }) },
  );
  return {
    generation: manifest.generation,
    leastCoverage: leastCoverage(config.index.directory, coverage.history),
    bytesMax: process.resourceUsage().maxRSS * 1024,
  };
}

process.on('disconnect', () => process.exit());
process.once('message', ({ job }: Extract<ToMerger, { job: unknown }>) => {
  setPriority(NICENESS);
  merge(job).then(
    (merged) => tell({ merged }, () => process.exit(0)),
    (error: unknown) => tell({ failure: failureOf(error) }, () => process.exit(0)),
  );
});

function failureOf(error: unknown): Extract<FromMerger, { failure: unknown }>['failure'] {
  if (error instanceof EngineError) return { code: error.code, detail: error.message, place: error.place };
  return { code: 'internal', detail: (error as Error).stack ?? String(error), place: {} };
}
