/** What the next second is like, before chance: the state that faults and decoys bend. */

export interface Conditions {
  /** Searches a second. */
  perS: number;
  /** Share of valid requests that fail, and how much they fail together within a second. */
  failShare: number;
  failTogether: number;
  /** Of the failed, refused for want of room. */
  shedShare: number;
  /** Answers are this many times slower. */
  slowdown: number;
  /** Share of answers that are late whatever the rest does. */
  lateShare: number;
  /** Further requests a second: refused by limits, wrong in themselves. */
  limitedPerS: number;
  invalidPerS: number;
  /** Share of all requests that comes from one address. */
  topShare: number;
  hitShare: number;
  cacheErrorShare: number;
  modelFailShare: number;
  modelsUnavailable: number;
  emptyShare: number;
  /** Wait for a worker, milliseconds. */
  queueMs: number;
  /** Resident memory, of the limit. */
  memoryShare: number;
  /** Longest block of the main thread, milliseconds, beside the usual ones. */
  blockMs: number;
  gcShare: number;
  cpuShare: number;
  /** Seconds for which the process is stopped before this step. */
  stoppedS: number;
}

export const fresh = (): Conditions => ({
  perS: 0,
  failShare: 0,
  failTogether: 0,
  shedShare: 0,
  slowdown: 1,
  lateShare: 0,
  limitedPerS: 0,
  invalidPerS: 0,
  topShare: 0,
  hitShare: 0,
  cacheErrorShare: 0,
  modelFailShare: 0,
  modelsUnavailable: 0,
  emptyShare: 0,
  queueMs: 0,
  memoryShare: 0,
  blockMs: 0,
  gcShare: 0,
  cpuShare: 0,
  stoppedS: 0,
});

/** @param atS since it began; @param lengthS of it; @param strength drawn once for each event, 0 to 1 */
export type Bend = (now: Conditions, atS: number, lengthS: number, strength: number) => void;
