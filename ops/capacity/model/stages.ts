/**
 * Which stage saturates first? Service demand of each (D = U/λ: its time with a request), utilisation by Little's law for
 * what is in service (U = λD/k), and the bound that the most loaded one sets (X ≤ k/D).
 */
import { STAGES, type Stage } from '../../metrics/series.ts';
import { Buckets } from '../hlog/index.ts';
import type { LoadStep } from '../load/load-step.ts';
import { batchWorth, gatheredLatencyAt, percentileOf, simulated } from './gathering.ts';
import { latencyAt, rateAtLatency, type Station, stationOf, utilisationOf } from './queueing.ts';

export interface StageDemand {
  readonly stage: Stage;
  /** Of a worker's time with a request, milliseconds on average. */
  readonly demandMs: number;
  /** Of the worker's whole time. */
  readonly share: number;
  /** Requests a second at which this stage alone fills all workers. */
  readonly saturatesAt: number;
}

export interface StageModel {
  readonly workers: Station;
  /** Longest first; those that never ran are absent. */
  readonly stages: readonly StageDemand[];
  /** Requests a second at which the workers have no time left. */
  readonly bound: number;
  /** Mean service time at the heaviest load over that at the lightest: above 1, requests cost each other time. */
  readonly serviceGrowth: number;
  /** Loads that the wait was compared over; 0 leaves its inflation at 1. */
  readonly comparedLoads: number;
}

/** Nearer to saturation than this, a step is not long enough to show the wait that it would end in. */
const COMPARED_UTILISATION_MAX = 0.9;
/** Below it, hardly anything waits, and the comparison is one of noise. */
const COMPARED_UTILISATION_MIN = 0.15;
const PERCENTILE = 95;
const FAILED_SHARE_MAX = 0.01;

/**
 * Null where the loads do not say what the workers did.
 *
 * @param batchMax requests that a worker is given at once at most
 */
export function stageModel(loads: readonly LoadStep[], workers: number, batchMax: number): StageModel | null {
  const timed = wholeOf(loads.filter(({ parts }) => parts.has('service')));
  const services = Buckets.merged(timed.map(({ parts }) => parts.get('service')!));
  if (services.total === 0 || services.mean === 0) return null;
  const ideal = stationOf(services, {
    servers: workers,
    batchMax: batchWorth(batchMax, services.mean),
    outsideMs: outsideOf(timed[0]!),
    inflation: 1,
  });
  const compared = timed.filter((load) => {
    const utilisation = utilisationOf(ideal, load.perSecond);
    return utilisation >= COMPARED_UTILISATION_MIN && utilisation <= COMPARED_UTILISATION_MAX && load.failed === 0;
  });
  const station = { ...ideal, inflation: inflationOf(ideal, compared) };
  const meanOf = (load: LoadStep): number => load.parts.get('service')!.mean;
  return {
    workers: station,
    stages: demandsOf(timed, services, workers),
    bound: (workers * 1000) / services.mean,
    serviceGrowth: meanOf(timed.at(-1)!) / meanOf(timed[0]!),
    comparedLoads: compared.length,
  };
}

/** Requests that failed took a worker's time and did not say how much: such loads are left out where there are others. */
function wholeOf(timed: readonly LoadStep[]): readonly LoadStep[] {
  const whole = timed.filter(({ failed, answered }) => failed <= FAILED_SHARE_MAX * (failed + answered));
  return whole.length === 0 ? timed : whole;
}

/** At the lightest load: what a request takes beyond waiting and service, most of it on the main thread and the way. */
function outsideOf({ latencies, parts }: LoadStep): number {
  const queue = parts.get('queue');
  return Math.max(0, latencies.mean - parts.get('service')!.mean - (queue?.mean ?? 0));
}

function demandsOf(timed: readonly LoadStep[], services: Buckets, workers: number): StageDemand[] {
  const requests = services.total;
  const demands = STAGES.map((stage): StageDemand => {
    const values = Buckets.merged(timed.flatMap(({ parts }) => parts.get(stage) ?? []));
    // Requests that skipped the stage count as none of its time.
    const demandMs = (values.mean * values.total) / requests;
    return { stage, demandMs, share: demandMs / services.mean, saturatesAt: (workers * 1000) / demandMs };
  });
  return demands.filter(({ demandMs }) => demandMs > 0).sort((a, b) => b.demandMs - a.demandMs);
}

/**
 * The one factor by which waits are scaled, so that the model's percentile is nearest to the measured ones in logarithm.
 * Found by golden section: the distance has one valley, since latency grows with the factor.
 */
function inflationOf(station: Station, loads: readonly LoadStep[]): number {
  if (loads.length === 0) return 1;
  const compared = loads.map(({ perSecond, latencies }) => ({
    passage: simulated(station, perSecond),
    measured: Math.log(latencies.atPercentile(PERCENTILE)),
    weight: latencies.total,
  }));
  const distance = (log: number): number =>
    compared.reduce((sum, { passage, measured, weight }) => {
      const modelled = percentileOf(passage, PERCENTILE, { ...station, inflation: Math.exp(log) });
      return sum + weight * (Math.log(modelled) - measured) ** 2;
    }, 0);
  return Math.exp(goldenSection(distance, Math.log(0.2), Math.log(10)));
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
const SECTIONS = 16;

function goldenSection(of: (x: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  let [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [atA, atB] = [of(a), of(b)];
  for (let n = 0; n < SECTIONS; n++) {
    if (atA < atB) {
      [high, b, atB] = [b, a, atA];
      a = high - GOLDEN * (high - low);
      atA = of(a);
    } else {
      [low, a, atA] = [a, b, atB];
      b = low + GOLDEN * (high - low);
      atB = of(b);
    }
  }
  return (low + high) / 2;
}

/** Requests a second at which the model's 95th percentile reaches a threshold. */
export const modelledLimit = ({ workers }: StageModel, thresholdMs: number): number =>
  rateAtLatency(gatheredLatencyAt, workers, PERCENTILE, thresholdMs);

/** The same if workers took requests one by one, first come first served: M/G/k. */
export const oneByOneLimit = ({ workers }: StageModel, thresholdMs: number): number =>
  rateAtLatency(latencyAt, { ...workers, inflation: 1 }, PERCENTILE, thresholdMs);
