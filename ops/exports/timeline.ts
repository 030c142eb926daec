/** What does the dashboard draw? Rates and percentiles over a range, and the distribution of the whole of it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Counts } from '../metrics/counts.ts';
import type { Interval, IntervalSource, ResolutionS } from '../metrics/interval.ts';
import { percentilesNs, rankOf } from '../metrics/quantiles.ts';
import { seriesOf } from '../metrics/series.ts';
import { mergeCounts, type SparseCounts, totalOf } from '../metrics/sparse.ts';
import { OUTCOMES, type Outcome, SEARCH_ENDPOINTS } from '../sample.ts';
import type { Timeline } from '../snapshot.ts';
import { inSlices } from './slices.ts';

export const TIMELINE_RANGES = ['5m', '1h', '24h', '28d'] as const;
export type TimelineRange = (typeof TIMELINE_RANGES)[number];

/** At most 1,440 columns: more than a screen has pixels for is work for nothing. */
const SHAPES: Readonly<Record<TimelineRange, { readonly resolutionS: ResolutionS; readonly columns: number }>> = {
  '5m': { resolutionS: 1, columns: 300 },
  '1h': { resolutionS: 10, columns: 360 },
  '24h': { resolutionS: 60, columns: 1440 },
  '28d': { resolutionS: 3600, columns: 672 },
};

/** Read before others get their turn: a day is some tens of milliseconds, and more where traffic is heavy. */
const COLUMNS_A_TURN = 16;
const COLUMN_PERCENTILES = [50, 95, 99];
/** Points of the curve for each halving of the distance to 100 %: under 300 for a hundred thousand million events. */
const TICKS_PER_HALF_DISTANCE = 8;

/**
 * Complete intervals only, each at its place whether or not anything happened in it.
 *
 * @param endpoints whose requests are shown; those that search unless given
 */
export async function timeline(
  source: IntervalSource,
  range: TimelineRange,
  nowMs: number,
  endpoints: readonly string[] = SEARCH_ENDPOINTS,
): Promise<Timeline> {
  const { resolutionS, columns } = SHAPES[range];
  const lengthMs = resolutionS * 1000;
  const toMs = Math.floor(nowMs / lengthMs) * lengthMs;
  const fromMs = toMs - columns * lengthMs;
  const startS = Array.from({ length: columns }, (_, column) => (fromMs + column * lengthMs) / 1000);
  const nothing = (): (number | null)[] => new Array<number | null>(columns).fill(null);
  const perSecond = Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, new Array<number>(columns).fill(0)]),
  ) as Record<Outcome, number[]>;
  const percentilesMs = [nothing(), nothing(), nothing()] as const;
  const outcomeOf = outcomeByTag(new Set(endpoints));
  const whole = new Counts();

  for (const { startMs, lengthMs: heldMs, series } of inSlices(source, { resolutionS, fromMs, toMs })) {
    const column = Math.round((startMs - fromMs) / lengthMs);
    if (column % COLUMNS_A_TURN === 0) await nextTurn();
    // A step of a process that was held up is longer than the others.
    const seconds = Math.max(lengthMs, heldMs) / 1000;
    const answered: SparseCounts[] = [];
    for (const [outcome, counts] of requestsOf(series, outcomeOf)) {
      perSecond[outcome][column]! += totalOf(counts);
      if (outcome === 'answered') answered.push(counts);
    }
    for (const outcome of OUTCOMES) perSecond[outcome][column]! /= seconds;
    if (answered.length === 0) continue;
    const merged = mergeCounts(answered);
    whole.add(merged);
    for (const [at, ns] of percentilesNs(merged, COLUMN_PERCENTILES).entries())
      percentilesMs[at]![column] = milliseconds(ns);
  }
  const [p50Ms, p95Ms, p99Ms] = percentilesMs;
  return { resolutionS, startS, perSecond, p50Ms, p95Ms, p99Ms, curve: curveOf(whole) };
}

function* requestsOf(
  series: Interval['series'],
  outcomeOf: (tag: string) => Outcome | null,
): Generator<[Outcome, SparseCounts]> {
  for (const [tag, counts] of series) {
    const outcome = outcomeOf(tag);
    if (outcome !== null) yield [outcome, counts];
  }
}

/** How the requests of a series ended; null where it is of something else. Remembers the tags, which come again and again. */
function outcomeByTag(endpoints: ReadonlySet<string>): (tag: string) => Outcome | null {
  const known = new Map<string, Outcome | null>();
  return (tag) => {
    let outcome = known.get(tag);
    if (outcome === undefined) {
      const series = seriesOf(tag);
      const shown = series?.measure === 'total' && endpoints.has(series.endpoint);
      outcome = shown ? (OUTCOMES.find((each) => each === series.outcome) ?? null) : null;
      known.set(tag, outcome);
    }
    return outcome;
  };
}

const milliseconds = (ns: number): number => ns / 1_000_000;

/** Steps that halve with the distance to 100 % (HdrHistogram's percentile iterator), until a step would be less than an event. */
function curveOf(whole: Counts): Timeline['curve'] {
  const { total } = whole;
  if (total === 0) return [];
  const percentiles: number[] = [];
  for (let distance = 100; rankOf(100 - distance, total) < total; distance /= 2) {
    const step = distance / 2 / TICKS_PER_HALF_DISTANCE;
    for (let tick = 0; tick < TICKS_PER_HALF_DISTANCE; tick++) {
      const percentile = 100 - distance + tick * step;
      if (rankOf(percentile, total) < total) percentiles.push(percentile);
    }
  }
  percentiles.push(100);
  return percentiles.map((percentile) => [percentile, milliseconds(whole.atPercentile(percentile))]);
}
