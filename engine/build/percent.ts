/** How far is a build, over all of its stages? */
import type { BuildProgress } from './build.ts';

/** Per cent that are done when a stage begins. Nearly all of the time goes into passages: that is where the model works. */
const BEGINS = { passages: 0, lexical: 85, graph: 88, checksums: 98 } as const;

/** 0 to 99: all of it is done only when it is published. */
export function percentOf({ stage, posts, postsTotal }: Pick<BuildProgress, 'stage' | 'posts' | 'postsTotal'>): number {
  if (stage !== 'passages') return BEGINS[stage];
  return Math.floor((BEGINS.lexical * Math.min(posts, postsTotal)) / Math.max(1, postsTotal));
}
