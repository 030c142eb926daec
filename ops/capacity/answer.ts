/** Everything that `wp-chat capacity` answers, as plain numbers: the reports show it, and nothing else. */
import { EngineError } from '../../engine/errors.ts';
import { STAGES, type Stage } from '../metrics/series.ts';
import { cautionsOf } from './cautions.ts';
import type { Buckets } from './hlog/index.ts';
import type { LoadStep } from './load/load-step.ts';
import { percentileMs } from './model/crossing.ts';
import { gatheredLatencyAt } from './model/gathering.ts';
import { type Limit, limitOf } from './model/limit.ts';
import { type OneMore, oneMore } from './model/one-more.ts';
import { type StageModel, stageModel } from './model/stages.ts';
import { fitUsl, type UslFit } from './model/usl.ts';

export interface CapacityQuestion {
  /** Ascending by rate. */
  readonly loads: readonly LoadStep[];
  readonly thresholdMs: number;
  /** Null where unknown. */
  readonly workers: number | null;
  /** Requests that a worker is given at once at most: `server.dispatchQueriesMax`. */
  readonly batchMax: number;
  /** Requests a second that the server gets at present; null where unknown. */
  readonly nowPerSecond: number | null;
  /** Of the resampling that the intervals come from. */
  readonly seed: number;
}

export interface LoadRow {
  readonly perSecond: number;
  readonly throughput: number;
  readonly concurrency: number;
  readonly requests: number;
  /** Milliseconds; null where too many failed for the percentile to exist. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly failed: number;
  readonly degraded: number;
  /** Share of the workers' time, 0 to 1, by stage and in all; empty where service times are not known. */
  readonly utilisation: Readonly<Partial<Record<Stage | 'workers', number>>>;
  /** What the model of the stages says of the 95th percentile; null without one and beyond saturation. */
  readonly modelledP95Ms: number | null;
}

export interface Headroom {
  readonly nowPerSecond: number;
  /** 1 − now/limit; below 0 where the server is past its limit. */
  readonly share: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface CapacityAnswer {
  readonly thresholdMs: number;
  readonly limit: Limit;
  readonly headroom: Headroom | null;
  readonly usl: UslFit | null;
  readonly stages: StageModel | null;
  readonly oneMore: OneMore | null;
  readonly loads: readonly LoadRow[];
  /** What a reader must know before believing the rest: extrapolation, failures, what is missing and why. */
  readonly cautions: readonly string[];
}

/** Two loads at least, the highest this much above the lowest: less says nothing about growth. */
const SPREAD_MIN = 1.5;

/** @throws EngineError source_invalid where the loads are too few or too alike to answer anything */
export function answerCapacity(question: CapacityQuestion): CapacityAnswer {
  requireSpread(question.loads);
  const { loads, thresholdMs, workers, batchMax, nowPerSecond } = question;
  const usl = fitUsl(
    loads
      .filter(({ answered }) => answered > 0)
      .map(({ concurrency, throughput, answered }) => ({ concurrency, throughput, requests: answered })),
  );
  const stages = workers === null ? null : stageModel(loads, workers, batchMax);
  const limit = limitOf(question, stages, usl);
  return {
    thresholdMs,
    limit,
    headroom: nowPerSecond === null || limit.perSecond === 0 ? null : headroomOf(nowPerSecond, limit),
    usl,
    stages,
    oneMore: stages === null ? null : oneMore(limit.perSecond, thresholdMs, stages, usl),
    loads: loads.map((load) => rowOf(load, stages)),
    cautions: cautionsOf(question, { limit, usl, stages }),
  };
}

/** Whether the loads differ enough to fit anything to. */
export const isSpread = (loads: readonly LoadStep[]): boolean =>
  loads.length >= 2 && loads.at(-1)!.perSecond >= loads[0]!.perSecond * SPREAD_MIN;

function requireSpread(loads: readonly LoadStep[]): void {
  if (isSpread(loads)) return;
  const rates = loads.map(({ perSecond }) => Number(perSecond.toPrecision(3))).join(', ');
  const found = loads.length === 1 ? 'one step' : `steps at ${rates || 'no rate'} requests/s`;
  throw new EngineError('source_invalid', `Cannot tell capacity from ${found}`, {
    field: 'steps',
    value: rates,
    expected: `steps at two rates at least, the highest ${SPREAD_MIN} times the lowest`,
    remedy: 'Sweep over more rates: wp-chat capacity --rates auto',
  });
}

function rowOf(load: LoadStep, stages: StageModel | null): LoadRow {
  const at = (percentile: number): number | null => finite(percentileMs(load, percentile));
  const { perSecond, throughput, concurrency, answered, failed, degraded } = load;
  return {
    ...{ perSecond, throughput, concurrency, requests: answered + failed, failed, degraded },
    ...{ p50Ms: at(50), p95Ms: at(95), p99Ms: at(99) },
    utilisation: stages === null ? {} : utilisationsOf(load, stages.workers.servers),
    modelledP95Ms: stages === null ? null : finite(gatheredLatencyAt(stages.workers, perSecond, 95)),
  };
}

/** The utilisation law on the step's own times: what was answered a second, times what each answer took. */
function utilisationsOf({ parts, answered, seconds }: LoadStep, workers: number): LoadRow['utilisation'] {
  const shareOf = (values: Buckets): number => (values.mean * values.total) / 1000 / seconds / workers;
  const service = parts.get('service');
  if (service === undefined || answered === 0) return {};
  const stages = STAGES.flatMap((stage): [Stage, number][] => {
    const values = parts.get(stage);
    return values === undefined ? [] : [[stage, shareOf(values)]];
  });
  return { workers: shareOf(service), ...Object.fromEntries(stages) };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function headroomOf(nowPerSecond: number, { perSecond, low, high }: Limit): Headroom {
  const left = (limit: number | null): number | null =>
    limit === null || limit <= 0 ? null : 1 - nowPerSecond / limit;
  return { nowPerSecond, share: left(perSecond)!, low: left(low), high: left(high) };
}
