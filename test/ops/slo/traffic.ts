/** Requests as a test writes them down, and the intervals that they come to. */
import type { Interval, IntervalSource, ResolutionS } from '../../../ops/metrics/interval.ts';
import { indexOf } from '../../../ops/metrics/layout.ts';
import { tagOf } from '../../../ops/metrics/series.ts';
import { encodeCounts } from '../../../ops/metrics/sparse.ts';
import type { Outcome } from '../../../ops/sample.ts';

/** So many requests alike. */
export interface Requests {
  readonly timeMs: number;
  readonly endpoint: string;
  readonly outcome: Outcome;
  readonly ms: number;
  readonly count: number;
}

/** One interval, starting where the first of its requests does, or at `startMs`. */
export function intervalOf(requests: readonly Requests[], startMs: number, lengthMs: number): Interval {
  const byTag = new Map<string, number[]>();
  for (const { endpoint, outcome, ms, count } of requests) {
    const tag = tagOf({ measure: 'total', endpoint, outcome, cache: 'none', rerank: 'none', arm: 'control' });
    const counts = byTag.get(tag) ?? [];
    byTag.set(tag, counts);
    const index = indexOf(ms * 1_000_000);
    while (counts.length <= index) counts.push(0);
    counts[index]! += count;
  }
  return {
    startMs,
    lengthMs,
    series: new Map([...byTag].map(([tag, counts]) => [tag, encodeCounts(counts)])),
    events: new Map(),
  };
}

export function intervalsOf(requests: readonly Requests[], lengthMs: number): Interval[] {
  const byStart = new Map<number, Requests[]>();
  for (const one of requests) {
    const startMs = Math.floor(one.timeMs / lengthMs) * lengthMs;
    byStart.set(startMs, [...(byStart.get(startMs) ?? []), one]);
  }
  return [...byStart].sort(([a], [b]) => a - b).map(([startMs, together]) => intervalOf(together, startMs, lengthMs));
}

/** Rings that hold what is younger than their retention; an interval may be kept in two parts. */
export function ringsOf(
  requests: readonly Requests[],
  nowMs: number,
  retentionMs: Readonly<Record<ResolutionS, number>>,
): IntervalSource {
  const [even, odd] = [0, 1].map((parity) => requests.filter((_, at) => at % 2 === parity)) as [Requests[], Requests[]];
  return {
    retentionMs,
    intervals: (resolutionS, fromMs, toMs) =>
      [even, odd]
        .flatMap((half) => intervalsOf(half, resolutionS * 1000))
        .sort((a, b) => a.startMs - b.startMs)
        .filter(({ startMs }) => startMs >= fromMs && startMs < toMs && startMs >= nowMs - retentionMs[resolutionS]),
  };
}

/** Mulberry32: small, seeded, good enough to make traffic of. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
