/** What recording a request costs the thread that answers it: samples of many shapes, and clients that come and go. */
import { Recorder, type Sample, Talkers } from '../../ops/index.ts';

const SAMPLES = 1024;
const CLIENTS = 200;

/** Returns a function that records the next of some prepared samples, as the server would. */
export function sampleRecording(): () => void {
  const recorder = new Recorder();
  const talkers = new Talkers();
  const samples = Array.from({ length: SAMPLES }, (_, n) => sampleOf(n));
  let next = 0;
  return () => {
    const sample = samples[next++ % SAMPLES]!;
    recorder.record(sample);
    talkers.add(sample.client);
  };
}

/** @param n any whole number; the same number is the same sample */
export const sampleOf = (n: number): Sample => ({
  endpoint: n % 4 === 0 ? '/search/batch#query' : '/search',
  outcome: n % 50 === 0 ? 'shed' : 'answered',
  cache: 'none',
  rerank: n % 2 === 0 ? 'done' : 'none',
  arm: 'control',
  // From 0.1 ms to some seconds.
  totalNs: 1e5 * 1.01 ** (n % SAMPLES),
  queueNs: n % 50 === 0 ? null : 1000 * (n % SAMPLES),
  degraded: n % 100 === 1 ? ['rerank_partial'] : [],
  empty: n % 30 === 0,
  requestId: `r${n}`,
  client: `192.0.2.${n % CLIENTS}`,
});
