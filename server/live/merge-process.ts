/** The process that merges. */
import { once } from 'node:events';
import { type MergedChange, mergeGeneration } from '../../engine/build/index.ts';
import { systemClock } from '../../engine/clock.ts';
import { serveJob } from '../../engine/side/index.ts';
import { leastCoverage } from '../../engine/store/index.ts';
import type { ChangesForMerger, FromMerger, Merged, MergeJob } from './merge-messages.ts';

type Say = (said: FromMerger) => void;

async function* changes(say: Say): AsyncGenerator<MergedChange> {
  for (let last = false; !last; ) {
    const heard = once(process, 'message');
    say({ more: true });
    const [some] = (await heard) as [ChangesForMerger];
    yield* some.changes;
    last = some.last;
  }
}

async function merge({ config, from, changed, coverage }: MergeJob, say: Say): Promise<Merged> {
  const manifest = await mergeGeneration(
    { config, from, changed: new Set(changed), changes: changes(say), coverage },
    { clock: systemClock, progress: (stage) => say({ stage }) },
  );
  return {
    generation: manifest.generation,
    leastCoverage: {
      history: coverage.history,
      sequence: leastCoverage(config.index.directory, coverage.history),
    },
    bytesMax: process.resourceUsage().maxRSS * 1024,
  };
}

serveJob(merge);
