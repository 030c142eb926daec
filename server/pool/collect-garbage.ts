/**
 * Makes this thread forget for good what it let go of.
 *
 * The graph's file stays mapped and shared memory stays reserved until their handles are collected. Neither counts as the heap's,
 * so the collector sees no reason to look for them.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | null = null;

/** Blocks this thread while it runs: some tens of milliseconds with two models' vocabularies. */
export function collectGarbage(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
