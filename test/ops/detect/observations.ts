/** Observations of a site on an ordinary second, bent as a test needs them. */
import type { Observation } from '../../../ops/observation.ts';

const MEMORY_BYTES_MAX = 2 ** 31;

const CALM: Observation = {
  nowS: 0,
  elapsedS: 1,
  requests: 50,
  valid: 50,
  failed: 0,
  answered: 50,
  slow: 0,
  limited: 0,
  shed: 0,
  invalid: 0,
  aborted: 0,
  cacheLookups: 50,
  cacheHits: 25,
  cacheErrors: 0,
  modelAsked: 25,
  modelFailed: 0,
  modelsUnavailable: 0,
  empty: 2,
  queueMsP95: 5,
  rungNo: 0,
  residentBytes: 0.4 * MEMORY_BYTES_MAX,
  memoryBytesMax: MEMORY_BYTES_MAX,
  loopDelayMsMax: 10,
  loopUtilisation: 0.3,
  gcShare: 0.02,
  cpuShare: 0.4,
  talkers: [{ client: '203.0.113.7', requests: 240, errorMax: 3 }],
};

export type Bend = (second: number) => Partial<Observation>;

/** Seconds of an ordinary site, bent by what the function says of each. */
export function* seconds(length: number, bend: Bend = () => ({}), from = 0): Generator<Observation> {
  for (let at = 0; at < length; at++) yield { ...CALM, nowS: from + at + 1, ...bend(at) };
}
