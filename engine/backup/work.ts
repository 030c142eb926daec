/** What all work on backups is handed: where, when, and who wants to know how far it is. */
import type { Clock } from '../clock.ts';

export interface Progress {
  /** What is being done, in a word or two. */
  readonly step: string;
  /** 0 … 100 over all steps. */
  readonly percent: number;
}

export interface Ports {
  readonly clock: Clock;
  readonly progress: (progress: Progress) => void;
  /** Ends the work between two objects. */
  readonly signal: AbortSignal | null;
}

/** @param span where a step begins and ends on the way from 0 to 100 */
export function stepOf(
  { progress, signal }: Ports,
  step: string,
  [from, to]: readonly [number, number],
): (share: number) => void {
  let last = -1;
  return (share) => {
    signal?.throwIfAborted();
    const percent = Math.floor(from + (to - from) * Math.min(1, share));
    if (percent !== last) progress({ step, percent });
    last = percent;
  };
}

/** Does something with each, so many at once, in order of their beginnings. Rejects with the first failure when all have ended. */
export async function each<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  parallel: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const underway = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for await (const item of items) {
    const done: Promise<void> = act(item)
      .catch((error: unknown) => void failures.push(error))
      .then(() => void underway.delete(done));
    underway.add(done);
    if (underway.size >= parallel) await Promise.race(underway);
    if (failures.length > 0) break;
  }
  await Promise.all(underway);
  if (failures.length > 0) throw failures[0];
}

/** What is made of each, in order; so many are made ahead of who takes them. */
export async function* ahead<Item, Result>(
  items: Iterable<Item>,
  parallel: number,
  make: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underway: Promise<Result>[] = [];
  for (const item of items) {
    const made = make(item);
    // Told where it is awaited; others may fail before.
    made.catch(() => {});
    underway.push(made);
    if (underway.length >= parallel) yield await underway.shift()!;
  }
  for (const made of underway) yield await made;
}
