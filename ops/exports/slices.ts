/** How are intervals read over many turns of the event loop, while the rings that hold them go on? A few at a time. */
import type { Interval, IntervalSource, ResolutionS } from '../metrics/interval.ts';

/** Intervals that are asked for, and held, at a time; they never change once made. */
const SLICE = 60;

export interface Span {
  readonly resolutionS: ResolutionS;
  readonly fromMs: number;
  readonly toMs: number;
}

export function* inSlices(source: IntervalSource, { fromMs, toMs, resolutionS }: Span): Generator<Interval> {
  const sliceMs = SLICE * resolutionS * 1000;
  for (let startMs = fromMs; startMs < toMs; startMs += sliceMs)
    yield* [...source.intervals(resolutionS, startMs, Math.min(startMs + sliceMs, toMs))];
}
