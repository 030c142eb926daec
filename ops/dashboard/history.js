/** What do the charts show for the range that was asked for? Fetched, fetched again as it grows, and carried on live. */
import { Points, secondBefore } from './points.js';
import { RANGES } from './ranges.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */
/** @typedef {import('../snapshot.ts').Timeline} Timeline */
/** @typedef {import('./ranges.js').RangeName} RangeName */

export const OUTCOMES = /** @type {const} */ ([
  'answered',
  'invalid',
  'limited',
  'shed',
  'deadline',
  'failed',
  'aborted',
]);
const PERCENTILES = /** @type {const} */ (['p50Ms', 'p95Ms', 'p99Ms']);
const NAMES = [...OUTCOMES, ...PERCENTILES];

/** The curve does not come with the snapshots, and what failed should not stay so. */
const REFETCH_S_MIN = 10;

export class History {
  /** @type {RangeName} */
  range;
  /** @type {Points} */
  points;
  /** @type {Timeline['curve']} */
  curve = [];
  /** @type {'loading' | 'ready' | 'failed'} */
  state = 'loading';
  #onChange;
  #running = new AbortController();
  #fetchedMs = 0;

  /** @param {RangeName} range @param {() => void} onChange */
  constructor(range, onChange) {
    this.range = range;
    this.points = pointsOf(range);
    this.#onChange = onChange;
  }

  /** @param {RangeName} range */
  select(range) {
    this.range = range;
    this.points = pointsOf(range);
    this.curve = [];
    this.state = 'loading';
    void this.fetch();
  }

  /** What came while it was under way is carried over. */
  async fetch() {
    this.#running.abort();
    this.#running = new AbortController();
    const { signal } = this.#running;
    this.#fetchedMs = Date.now();
    try {
      const response = await fetch(`stats/timeline?range=${this.range}`, { signal, cache: 'no-store' });
      if (!response.ok) throw new Error(`${response.status}`);
      this.#take(await response.json());
      this.state = 'ready';
    } catch {
      if (signal.aborted) return;
      this.state = 'failed';
    }
    this.#onChange();
  }

  /** @param {Snapshot} snapshot */
  append({ timeMs, perSecond, latency }) {
    if (this.range === '5m') this.points.append(secondBefore(timeMs), { ...perSecond, ...latency });
    if (document.hidden) return;
    if (Date.now() - this.#fetchedMs >= Math.max(REFETCH_S_MIN, this.#refetchS()) * 1000) void this.fetch();
  }

  #refetchS() {
    return this.state === 'failed' ? 0 : RANGES[this.range].resolutionS;
  }

  /** @param {Timeline} timeline */
  #take({ startS, perSecond, p50Ms, p95Ms, p99Ms, curve }) {
    const { times, columns } = this.points;
    const last = startS.at(-1) ?? Number.NEGATIVE_INFINITY;
    this.points = pointsOf(this.range);
    this.points.replace(startS, { ...perSecond, p50Ms, p95Ms, p99Ms });
    for (const [at, timeS] of times.entries()) {
      if (this.range === '5m' && timeS > last)
        this.points.append(timeS, Object.fromEntries(NAMES.map((name) => [name, columns[name]?.[at] ?? null])));
    }
    this.curve = curve;
  }
}

/** @param {RangeName} range */
function pointsOf(range) {
  const { seconds, resolutionS } = RANGES[range];
  return new Points(NAMES, Math.ceil(seconds / resolutionS) + 1, resolutionS);
}
