/** A site on ordinary days: what comes, how it is answered, and what that costs, second by second. */
import type { Observation, Talker } from '../../ops/observation.ts';
import type { Conditions } from './conditions.ts';
import type { Random } from './random.ts';

const DAY_S = 86_400;
const MEMORY_BYTES_MAX = 2 ** 31;
/** A new process grows into its memory. */
const START_UP_S = 120;

/** Answer times are log-normal: half under 158 ms, 95 % under half a second, 1 % over the objective of 800 ms. */
const MEDIAN_MS = 158;
const SIGMA = 0.7;
const OBJECTIVE_MS = 800;

/** Share of a log-normal beyond the objective, when it is this many times slower (normal tail: Abramowitz and Stegun 26.2.17). */
export function lateShare(slowdown: number): number {
  const z = Math.log(OBJECTIVE_MS / (MEDIAN_MS * slowdown)) / SIGMA;
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = 0.3989422804 * Math.exp((-z * z) / 2) * series;
  return z >= 0 ? tail : 1 - tail;
}

export class Site {
  readonly #perS: number;
  readonly #random: Random;
  /** Slow wanderings around 0, of deviation 1: of traffic, of latency, of memory. */
  readonly #wander = [0, 0, 0];
  #sawtooth = 0;
  #sawtoothS = 60;
  #minute = 0;

  /** @param perS searches a second on average */
  constructor(perS: number, random: Random) {
    this.#perS = perS;
    this.#random = random;
  }

  /** Writes what an undisturbed second would be. */
  ordinary(second: number, into: Conditions): void {
    const random = this.#random;
    for (let i = 0; i < 3; i++) this.#wander[i] = this.#wander[i]! * 0.998 + random.normal() * 0.0632;
    const [traffic, latency, memory] = this.#wander as [number, number, number];
    const hour = Math.sin((2 * Math.PI * (second - DAY_S / 3)) / DAY_S);
    const weekday = Math.floor(second / DAY_S) % 7 >= 5 ? 0.7 : 1.12;
    const load = (1 + 0.6 * hour) * weekday * Math.max(0.3, 1 + 0.12 * traffic);
    into.perS = this.#perS * load;
    into.failShare = 0.0003;
    into.failTogether = 0;
    into.shedShare = 0.2;
    into.slowdown = Math.exp(0.08 * latency) * (1 + 0.05 * hour);
    into.lateShare = 0;
    into.limitedPerS = 0.002 * into.perS;
    into.invalidPerS = 0.01 * into.perS;
    into.topShare = 0.08;
    into.hitShare = 0.5 + 0.08 * hour;
    into.cacheErrorShare = 0;
    into.modelFailShare = 0.00002;
    into.modelsUnavailable = 0;
    into.emptyShare = 0.04;
    into.queueMs = 4 * load;
    into.memoryShare = this.#memory(second, memory);
    into.blockMs = 0;
    into.gcShare = 0.01 + 0.02 * load;
    into.cpuShare = 0.1 + 0.25 * load;
    into.stoppedS = 0;
  }

  /** Start-up growth, then a level that wanders, and a saw-tooth of garbage on it. */
  #memory(second: number, wander: number): number {
    this.#sawtooth += 1 / this.#sawtoothS;
    if (this.#sawtooth >= 1) {
      this.#sawtooth = 0;
      this.#sawtoothS = this.#random.between(20, 150);
    }
    return 0.15 + 0.3 * -Math.expm1(-second / START_UP_S) + 0.01 * wander + 0.06 * this.#sawtooth;
  }

  /** What a step sees of a second like this. */
  observe(second: number, now: Conditions): Observation {
    const random = this.#random;
    const elapsedS = 1 + now.stoppedS;
    // Visitors come in company: the rate itself varies from second to second.
    const searches = random.poisson(now.perS * elapsedS * Math.max(0, 1 + 0.15 * random.normal()));
    const limited = random.poisson(now.limitedPerS * elapsedS);
    const invalid = random.poisson(now.invalidPerS * elapsedS);
    const aborted = random.binomial(searches, 0.003);
    const valid = searches - aborted;
    const failed = random.binomial(valid, random.share(now.failShare, now.failTogether));
    const answered = valid - failed;
    const late = now.lateShare + (1 - now.lateShare) * lateShare(now.slowdown);
    // What came while the process stood waits for it: all but the last 0.8 s of that is late.
    const waited = now.stoppedS > 0 ? (now.stoppedS - 0.8) / elapsedS : 0;
    const cacheHits = random.binomial(answered, now.hitShare);
    const modelAsked = answered - cacheHits;
    const requests = searches + limited + invalid;
    this.#minute = this.#minute * Math.exp(-elapsedS / 60) + requests;
    const stood = now.stoppedS * 1000;
    return {
      nowS: second + 1,
      elapsedS,
      requests,
      valid,
      failed,
      answered,
      slow: random.binomial(answered, Math.max(waited, random.share(late, 0.02))),
      limited,
      shed: random.binomial(failed, now.shedShare),
      invalid,
      aborted,
      cacheLookups: answered,
      cacheHits,
      cacheErrors: random.binomial(answered, now.cacheErrorShare),
      modelAsked,
      modelFailed: random.binomial(modelAsked, now.modelFailShare),
      modelsUnavailable: now.modelsUnavailable,
      empty: random.binomial(answered, random.share(now.emptyShare, 0.01)),
      queueMsP95: Math.max(now.queueMs * 2 * random.uniform(), stood),
      // The ladder is the server's answer to a fault, and here there is only the fault.
      rungNo: 0,
      residentBytes: now.memoryShare * MEMORY_BYTES_MAX,
      memoryBytesMax: MEMORY_BYTES_MAX,
      loopDelayMsMax: Math.max(8 * random.exponential(), now.blockMs, stood),
      loopUtilisation: Math.min(1, now.cpuShare),
      gcShare: now.gcShare,
      cpuShare: Math.min(1, now.cpuShare * random.between(0.9, 1.1)),
      talkers: this.#talkers(now.topShare),
    };
  }

  #talkers(topShare: number): Talker[] {
    const requests = Math.round(this.#minute * topShare);
    return [
      { client: '203.0.113.7', requests, errorMax: Math.ceil(requests / 100) },
      { client: '198.51.100.4', requests: Math.round(requests / 3), errorMax: 2 },
    ];
  }
}
