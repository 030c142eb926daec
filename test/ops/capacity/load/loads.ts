/** Loads of a simulated server whose truth is known. */
import { Buckets } from '../../../../ops/capacity/hlog/index.ts';
import { type LoadStep, loadStep } from '../../../../ops/capacity/load/load-step.ts';
import { type Random, randomOf } from '../../../../ops/capacity/random.ts';
import { simulate } from '../model/simulate.ts';

const SLICES = 10;
const bucketsOf = (values: Iterable<number>): Buckets => {
  const buckets = new Buckets();
  for (const value of values) {
    const ms = Number(value.toPrecision(4));
    buckets.add(ms, ms, 1);
  }
  return buckets;
};

export interface LoadSetup {
  readonly workers: number;
  readonly batchMax: number;
  readonly serviceMs: (random: Random) => number;
  readonly requests: number;
  readonly seed: number;
}

export function simulatedLoad(
  perSecond: number,
  { workers, batchMax, serviceMs, requests, seed }: LoadSetup,
): LoadStep {
  const services: number[] = [];
  const taken = (random: Random): number => {
    services.push(serviceMs(random));
    return services.at(-1)!;
  };
  const { latenciesMs } = simulate({ workers, batchMax, perSecond, requests, serviceMs: taken }, randomOf(seed));
  const each = requests / SLICES;
  return loadStep({
    ...{
      perSecond,
      seconds: requests / perSecond,
      answered: requests,
      failed: 0,
      degraded: 0,
      lagMs: 0,
      generatorCpuShare: 0,
      machineCores: 0,
    },
    slices: Array.from({ length: SLICES }, (_, n) => bucketsOf(latenciesMs.slice(n * each, (n + 1) * each))),
    parts: new Map([
      ['service', bucketsOf(services)],
      ['rerank', bucketsOf(services.map((ms) => ms * 0.75))],
      ['lexical', bucketsOf(services.map((ms) => ms * 0.25))],
    ]),
  });
}
