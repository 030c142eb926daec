/** The process that rebuilds the index of a running server. */

import { serveJob } from '../../engine/side/index.ts';
import { type RebuildJob, type RebuildProgress, type RebuildReport, rebuildIndex } from '../rebuild-index.ts';

/** Its parent kills it to end it: nothing is published but as a whole. */
const never = new AbortController().signal;

serveJob<RebuildJob, RebuildProgress, RebuildReport>((job, say) => {
  let last = '';
  const progress = ({ stage, percent }: RebuildProgress): void => {
    // It is told for every post.
    if (last === `${stage} ${percent}`) return;
    last = `${stage} ${percent}`;
    say({ stage, percent });
  };
  return rebuildIndex(job, { signal: never, progress });
});
