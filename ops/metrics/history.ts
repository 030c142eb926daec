/**
 * What happened when? Four rings of intervals, each made by merging those of the finer one.
 *
 * ```
 * every step   1 s ──▶ 10 s ──▶ 1 min ──▶ 1 h
 * kept       10 min     6 h      48 h     35 d
 * ```
 */
import { type Interval, type IntervalSource, RESOLUTIONS_S, type ResolutionS } from './interval.ts';
import { mergeIntervals, Ring } from './ring.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const RETENTION_MS: Readonly<Record<ResolutionS, number>> = {
  1: 10 * MINUTE_MS,
  10: 6 * HOUR_MS,
  60: 48 * HOUR_MS,
  3600: 35 * 24 * HOUR_MS,
};

/** Called with each interval that is whole, finest first. */
export type IntervalKeeper = (resolutionS: ResolutionS, interval: Interval) => void;

/** What will be the next interval of a ring: its parts so far. */
interface Gathering {
  readonly resolutionS: ResolutionS;
  readonly ring: Ring;
  parts: Interval[];
}

export class History implements IntervalSource {
  readonly retentionMs = RETENTION_MS;
  readonly #levels: readonly Gathering[];
  readonly #keep: IntervalKeeper;

  /** @param bytesMax of all rings together, a quarter each */
  constructor(bytesMax: number, keep: IntervalKeeper) {
    this.#keep = keep;
    this.#levels = RESOLUTIONS_S.map((resolutionS) => ({
      resolutionS,
      ring: new Ring(RETENTION_MS[resolutionS], bytesMax / RESOLUTIONS_S.length),
      parts: [],
    }));
  }

  /** Takes the interval of a step: its start is a whole second, later than that of the one before. */
  push(interval: Interval): void {
    this.#add(0, interval);
  }

  /** Takes back what was kept before the process started. */
  restore(resolutionS: ResolutionS, interval: Interval): void {
    this.#level(resolutionS).ring.push(interval);
  }

  /** Makes intervals of what is not whole yet, before the process ends. */
  flush(): void {
    for (let at = 1; at < this.#levels.length; at++) this.#close(at);
  }

  intervals(resolutionS: ResolutionS, fromMs: number, toMs: number): Iterable<Interval> {
    return this.#level(resolutionS).ring.between(fromMs, toMs);
  }

  /** Bytes of all rings, and intervals that had to go before their time. */
  get size(): { bytes: number; evicted: number } {
    let bytes = 0;
    let evicted = 0;
    for (const { ring } of this.#levels) {
      bytes += ring.bytes;
      evicted += ring.evicted;
    }
    return { bytes, evicted };
  }

  #level(resolutionS: ResolutionS): Gathering {
    return this.#levels[RESOLUTIONS_S.indexOf(resolutionS)]!;
  }

  #add(at: number, interval: Interval): void {
    const { ring, resolutionS } = this.#levels[at]!;
    ring.push(interval);
    this.#keep(resolutionS, interval);
    const coarser = this.#levels[at + 1];
    if (coarser === undefined) return;
    const startOf = ({ startMs }: Interval): number => Math.floor(startMs / (coarser.resolutionS * 1000));
    if (coarser.parts.length > 0 && startOf(coarser.parts[0]!) !== startOf(interval)) this.#close(at + 1);
    coarser.parts.push(interval);
    if ((interval.startMs + interval.lengthMs) % (coarser.resolutionS * 1000) === 0) this.#close(at + 1);
  }

  #close(at: number): void {
    const level = this.#levels[at]!;
    if (level.parts.length === 0) return;
    const lengthMs = level.resolutionS * 1000;
    const merged = mergeIntervals(level.parts, lengthMs);
    level.parts = [];
    this.#add(at, { ...merged, startMs: Math.floor(merged.startMs / lengthMs) * lengthMs });
  }
}
