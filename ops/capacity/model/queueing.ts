/**
 * How long does a request wait for one of k workers, and what does that make of its latency?
 *
 * M/M/k by Erlang's C; any service times by the approximation of Allen and Cunneen, which scales that wait with
 * (1 + c²)/2, c² being the squared variation of service times. A wait, where there is one, is taken as exponential.
 */
import type { Buckets } from '../hlog/index.ts';

/** Probability that a request has to wait. @param load arrivals × service time, below `servers` */
export function erlangC(servers: number, load: number): number {
  let blocked = 1;
  for (let n = 1; n <= servers; n++) blocked = (load * blocked) / (n + load * blocked);
  const utilisation = load / servers;
  return blocked / (1 - utilisation * (1 - blocked));
}

export interface Station {
  readonly servers: number;
  /** Requests that a worker is given at once at most; 1 is one by one. Only `gathering.ts` looks at it. */
  readonly batchMax: number;
  /** Service times, milliseconds, each as likely as the others. */
  readonly services: readonly number[];
  /** Mean of the whole distribution, of which `services` is a sample. */
  readonly serviceMs: number;
  readonly squaredVariation: number;
  /** What is neither waiting nor service: the way there and back. */
  readonly outsideMs: number;
  /** Waits are this much longer than the model says: 1 where everything is as it assumes. */
  readonly inflation: number;
}

const SERVICES = 256;

export function stationOf(
  services: Buckets,
  rest: Omit<Station, 'services' | 'serviceMs' | 'squaredVariation'>,
): Station {
  const serviceMs = services.mean;
  // Middles of equal shares, brought to the mean of them all: the last of them stands for a tail that is longer.
  const middles = Array.from({ length: SERVICES }, (_, n) => services.atPercentile(((n + 0.5) / SERVICES) * 100));
  const scale = (serviceMs * SERVICES) / middles.reduce((sum, ms) => sum + ms, 0);
  return { ...rest, services: middles.map((ms) => ms * scale), serviceMs, squaredVariation: services.squaredVariation };
}

/** Requests a second that the workers can do at most. */
export const boundOf = ({ servers, serviceMs }: Station): number => (servers * 1000) / serviceMs;

export const utilisationOf = (station: Station, perSecond: number): number => perSecond / boundOf(station);

export interface Wait {
  /** Probability that a request waits. */
  readonly share: number;
  /** Of those that wait, milliseconds on average. */
  readonly meanMs: number;
}

/** Infinite at and beyond saturation. */
export function waitAt(station: Station, perSecond: number): Wait {
  const { servers, serviceMs, squaredVariation, inflation } = station;
  const utilisation = utilisationOf(station, perSecond);
  if (utilisation >= 1) return { share: 1, meanMs: Number.POSITIVE_INFINITY };
  const share = erlangC(servers, utilisation * servers);
  const exponentialMs = serviceMs / (servers * (1 - utilisation));
  return { share, meanMs: (exponentialMs * (1 + squaredVariation) * inflation) / 2 };
}

const HALVINGS = 50;
/** To a sixteen-thousandth of saturation. */
const RATE_HALVINGS = 14;

/** Latency that this share of the requests does not exceed, milliseconds; infinite beyond saturation. */
export function latencyAt(station: Station, perSecond: number, percentile: number): number {
  const { services, outsideMs } = station;
  const { share, meanMs } = waitAt(station, perSecond);
  if (meanMs === Number.POSITIVE_INFINITY) return meanMs;
  const lateShare = (ms: number): number => {
    let late = 0;
    for (const service of services) {
      const spareMs = ms - service - outsideMs;
      late += spareMs < 0 ? 1 : share * Math.exp(-spareMs / meanMs);
    }
    return late / services.length;
  };
  const allowed = 1 - percentile / 100;
  let low = 0;
  let high = outsideMs + services.at(-1)! + meanMs * Math.log(1 / allowed) + 1;
  for (let n = 0; n < HALVINGS; n++) {
    const middle = (low + high) / 2;
    if (lateShare(middle) > allowed) low = middle;
    else high = middle;
  }
  return high;
}

/** Latency by station, rate and percentile: {@link latencyAt}, or another that never falls as the rate grows. */
export type LatencyModel = (station: Station, perSecond: number, percentile: number) => number;

/** Requests a second at which a percentile of latency reaches a threshold; 0 where service alone takes longer. */
export function rateAtLatency(model: LatencyModel, station: Station, percentile: number, thresholdMs: number): number {
  const bound = boundOf(station);
  let low = 0;
  let high = bound;
  for (let n = 0; n < RATE_HALVINGS; n++) {
    const middle = (low + high) / 2;
    if (model(station, middle, percentile) > thresholdMs) high = middle;
    else low = middle;
  }
  return low;
}
