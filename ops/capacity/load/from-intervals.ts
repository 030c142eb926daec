/**
 * The loads that visitors made, from the intervals of logs: stretches of at least ten seconds, those with about as many
 * requests a second taken together.
 *
 * Lines of our own exports are told by their tags: what was answered is latency, what was shed, late or failed is a failure,
 * and what the workers did is the parts. Any other log is one stream of latencies.
 */
import { type Series, seriesOf } from '../../metrics/series.ts';
import { isBad } from '../../sample.ts';
import { Buckets, type LogInterval } from '../hlog/index.ts';
import { PARTS, type Part } from '../sweep/index.ts';
import { type LoadStep, loadStep } from './load-step.ts';

/** Intervals that follow each other are joined up to this: chance hides the load of shorter ones. */
const STRETCH_S = 10;
/** Stretches whose rates differ by less than this factor are one load. */
const SAME_LOAD = 1.25;
/** A load with fewer requests says nothing about its 95th percentile. */
const REQUESTS_MIN = 100;
/** One request each: a batch as a whole is none. */
const SEARCHES: ReadonlySet<string> = new Set(['/search', '/search/batch#query']);

interface Stretch {
  readonly startS: number;
  seconds: number;
  answered: number;
  failed: number;
  readonly latencies: Buckets;
  readonly parts: Map<Part, Buckets>;
}

/** @param msPerUnit milliseconds that a recorded value of 1 means */
export function loadsOfIntervals(intervals: readonly LogInterval[], msPerUnit: number): LoadStep[] {
  const stretches = stretchesOf(intervals, msPerUnit).filter(({ answered }) => answered > 0);
  const rateOf = ({ answered, failed, seconds }: Stretch): number => (answered + failed) / seconds;
  stretches.sort((a, b) => rateOf(a) - rateOf(b));
  const groups: Stretch[][] = [];
  for (const stretch of stretches) {
    const group = groups.at(-1);
    if (group !== undefined && rateOf(stretch) <= rateOf(group[0]!) * SAME_LOAD) group.push(stretch);
    else groups.push([stretch]);
  }
  return groups.map(joined).filter(({ latencies }) => latencies.total >= REQUESTS_MIN);
}

function stretchesOf(intervals: readonly LogInterval[], msPerUnit: number): Stretch[] {
  const stretches: Stretch[] = [];
  const byTime = [...intervals].sort((a, b) => a.startS - b.startS);
  let lastStartS = Number.NaN;
  for (const { tag, startS, lengthS, values } of byTime) {
    let stretch = stretches.at(-1);
    if (startS !== lastStartS) {
      if (stretch === undefined || stretch.seconds >= STRETCH_S) {
        stretch = { startS, seconds: 0, answered: 0, failed: 0, latencies: new Buckets(), parts: new Map() };
        stretches.push(stretch);
      }
      stretch.seconds += lengthS;
      lastStartS = startS;
    }
    take(stretch!, seriesOf(tag), values, msPerUnit);
  }
  return stretches.filter(({ seconds }) => seconds > 0);
}

function take(stretch: Stretch, series: Series | null, values: Buckets, msPerUnit: number): void {
  const ms = values.scaled(msPerUnit);
  if (series === null) {
    stretch.latencies.merge(ms);
    stretch.answered += ms.total;
    return;
  }
  const { measure, endpoint, outcome } = series;
  if (endpoint !== '' && !SEARCHES.has(endpoint)) return;
  if (measure !== 'total') {
    if ((PARTS as readonly string[]).includes(measure))
      stretch.parts.set(measure, Buckets.merged([stretch.parts.get(measure) ?? new Buckets(), ms]));
  } else if (outcome === 'answered') {
    stretch.latencies.merge(ms);
    stretch.answered += ms.total;
  } else if (outcome !== '' && isBad(outcome)) stretch.failed += ms.total;
}

function joined(group: readonly Stretch[]): LoadStep {
  const sum = (of: (one: Stretch) => number): number => group.reduce((total, one) => total + of(one), 0);
  const seconds = sum((one) => one.seconds);
  const parts = new Map<Part, Buckets>();
  for (const part of PARTS) {
    const values = Buckets.merged(group.flatMap((one) => one.parts.get(part) ?? []));
    if (values.total > 0) parts.set(part, values);
  }
  const answered = sum((one) => one.answered);
  const failed = sum((one) => one.failed);
  return loadStep({
    perSecond: (answered + failed) / seconds,
    seconds,
    answered,
    failed,
    degraded: 0,
    lagMs: 0,
    generatorCpuShare: 0,
    machineCores: 0,
    slices: group.map(({ latencies }) => latencies),
    parts,
  });
}
