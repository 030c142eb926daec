/** What a model is fitted to: a server under one load, whether a sweep made that load or the site's visitors did. */
import { Buckets } from '../hlog/index.ts';
import type { Part } from '../sweep/timings.ts';

export interface LoadStep {
  /** Requests that came, a second. */
  readonly perSecond: number;
  /** Requests that were answered, a second. */
  readonly throughput: number;
  /** Requests in the system on average, by Little's law: those that wait for a worker are among them. */
  readonly concurrency: number;
  readonly seconds: number;
  readonly answered: number;
  /** Refused, failed, lost or given up. */
  readonly failed: number;
  /** Answered with less than was asked for; 0 where that is not known. */
  readonly degraded: number;
  /** Latencies, milliseconds; given up ones count at their deadline. */
  readonly latencies: Buckets;
  /** The same in stretches of time, for the spread: requests after each other wait for the same ones. */
  readonly slices: readonly Buckets[];
  /** How late the generator itself was, milliseconds, 99th percentile; 0 where there was none. */
  readonly lagMs: number;
  /** CPU time of the generator over the step's; 0 where there was none. */
  readonly generatorCpuShare: number;
  /** Cores of the machine that were busy on average; 0 where that is not known. */
  readonly machineCores: number;
  /** Milliseconds by part of the answers; empty where nothing is known of them. */
  readonly parts: ReadonlyMap<Part, Buckets>;
}

export interface StepParts extends Omit<LoadStep, 'throughput' | 'concurrency' | 'latencies'> {}

export function loadStep(parts: StepParts): LoadStep {
  const latencies = Buckets.merged(parts.slices);
  const { seconds, answered } = parts;
  return {
    ...parts,
    latencies,
    throughput: answered / seconds,
    concurrency: (latencies.total * latencies.mean) / 1000 / seconds,
  };
}
