/**
 * What does the server's own order of service make of latency? Its workers do not take requests one by one: an idle one is given
 * a request at once, but while all are busy requests gather, and the next idle worker takes its share of them, as far as they are
 * short, as one batch that is answered as a whole. No formula is known for that, so it is simulated, request by request, with service
 * times as they were measured; the same seed for every rate, so that curves are smooth.
 */
import { randomOf } from '../random.ts';
import { nthOf } from './nth.ts';
import { boundOf, type Station } from './queueing.ts';

export interface Passage {
  /** Of each request, milliseconds: its latency without its own service and what is outside the workers. */
  readonly waitsMs: Float64Array;
  readonly servicesMs: Float64Array;
}

/** Work beyond which a message holds one request alone, as `DISPATCH_WORK_MS` of `server/overload/waiting-room.ts` has it: a test holds both together. */
const MESSAGE_WORK_MS = 5;

/** Requests that share a message, where they take so long on average. */
export const batchWorth = (batchMax: number, serviceMs: number): number =>
  Math.max(1, Math.min(batchMax, Math.floor(MESSAGE_WORK_MS / serviceMs)));

const REQUESTS = 20_000;
/** From an empty system: not counted. */
const WARM_UP = 1000;
const SEED = 1;

/** The same chance for every rate: logarithms of the gaps between arrivals, and which service time each takes, 0 up to 1. */
interface Draws {
  readonly gaps: Float64Array;
  readonly picks: Float64Array;
}
let draws: Draws | null = null;

function drawsOfAll(): Draws {
  if (draws !== null) return draws;
  const random = randomOf(SEED);
  draws = { gaps: new Float64Array(REQUESTS), picks: new Float64Array(REQUESTS) };
  for (let n = 0; n < REQUESTS; n++) {
    draws.gaps[n] = -Math.log(1 - random.next());
    draws.picks[n] = random.next();
  }
  return draws;
}

/** @param perSecond below saturation, or waits grow as long as the simulation */
export function simulated({ servers, services, batchMax }: Station, perSecond: number): Passage {
  const { gaps, picks } = drawsOfAll();
  const arrivals = new Float64Array(REQUESTS);
  const servicesMs = new Float64Array(REQUESTS);
  for (let n = 0, nowMs = 0; n < REQUESTS; n++) {
    nowMs += gaps[n]! * (1000 / perSecond);
    arrivals[n] = nowMs;
    servicesMs[n] = services[Math.floor(picks[n]! * services.length)]!;
  }
  const waitsMs = new Float64Array(REQUESTS);
  const freeAt = new Float64Array(servers);
  for (let next = 0; next < REQUESTS; ) {
    const worker = firstOf(freeAt);
    const startMs = Math.max(freeAt[worker]!, arrivals[next]!);
    const batch = Math.min(batchMax, share(arrivals, next, startMs, freeAt), REQUESTS - next);
    let endMs = startMs;
    for (let n = next; n < next + batch; n++) endMs += servicesMs[n]!;
    for (let n = next; n < next + batch; n++) waitsMs[n] = endMs - arrivals[n]! - servicesMs[n]!;
    freeAt[worker] = endMs;
    next += batch;
  }
  return { waitsMs: waitsMs.subarray(WARM_UP), servicesMs: servicesMs.subarray(WARM_UP) };
}

function firstOf(freeAt: Float64Array): number {
  let first = 0;
  for (let worker = 1; worker < freeAt.length; worker++) if (freeAt[worker]! < freeAt[first]!) first = worker;
  return first;
}

/** Of those that have come by then, divided among the workers that are idle. */
function share(arrivals: Float64Array, next: number, nowMs: number, freeAt: Float64Array): number {
  let waiting = 1;
  while (next + waiting < arrivals.length && arrivals[next + waiting]! <= nowMs) waiting += 1;
  let idle = 0;
  for (const ms of freeAt) if (ms <= nowMs) idle += 1;
  return Math.ceil(waiting / idle);
}

/** Latency that this share of the requests does not exceed, milliseconds. */
export function percentileOf({ waitsMs, servicesMs }: Passage, percentile: number, station: Station): number {
  const { outsideMs, inflation } = station;
  const latencies = new Float64Array(waitsMs.length);
  for (let n = 0; n < latencies.length; n++) latencies[n] = waitsMs[n]! * inflation + servicesMs[n]! + outsideMs;
  return nthOf(latencies, Math.max(0, Math.ceil((percentile / 100) * latencies.length) - 1));
}

/** Infinite at and beyond saturation. */
export const gatheredLatencyAt = (station: Station, perSecond: number, percentile: number): number =>
  perSecond >= boundOf(station)
    ? Number.POSITIVE_INFINITY
    : percentileOf(simulated(station, perSecond), percentile, station);
