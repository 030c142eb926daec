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

/**
 * Of the memory for all rings: hours get the most, since budgets are taken up from them after a restart; seconds, which are
 * small and few, the least.
 */
const SHARES: Readonly<Record<ResolutionS, number>> = { 1: 1 / 16, 10: 3 / 16, 60: 1 / 4, 3600: 1 / 2 };

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

  /** @param bytesMax of all rings together */
  constructor(bytesMax: number, keep: IntervalKeeper) {
    this.#keep = keep;
    this.#levels = RESOLUTIONS_S.map((resolutionS) => ({
      resolutionS,
      ring: new Ring(RETENTION_MS[resolutionS], bytesMax * SHARES[resolutionS]),
      parts: [],
    }));
  }

  /**
   * Takes the interval of a step: its start is a whole second, later than that of the one before.
   *
   * @param nextMs where the next one will begin: what ends by then is whole, also where the clock jumped past it
   */
  push(interval: Interval, nextMs = interval.startMs + interval.lengthMs): void {
    this.#closeUntil(interval.startMs);
    this.#add(0, interval);
    this.#closeUntil(nextMs);
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
    this.#levels[at + 1]?.parts.push(interval);
  }

  #closeUntil(ms: number): void {
    for (const [at, { parts, resolutionS }] of this.#levels.entries()) {
      const slotOf = (timeMs: number): number => Math.floor(timeMs / (resolutionS * 1000));
      if (parts.length > 0 && slotOf(parts[0]!.startMs) < slotOf(ms)) this.#close(at);
    }
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
