import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Counts } from '../../../ops/metrics/counts.ts';
import { indexOf } from '../../../ops/metrics/layout.ts';
import { addEvent, sharedCounts } from '../../../ops/metrics/live-series.ts';
import { OTHER, Recorder } from '../../../ops/metrics/recorder.ts';
import { STAGES, tagOf } from '../../../ops/metrics/series.ts';
import { eachCount, totalOf } from '../../../ops/metrics/sparse.ts';
import { StageRecorder, stageBuffers, stageSeries } from '../../../ops/metrics/stage-recorder.ts';
import { BOUNDS_NS } from '../../../ops/metrics/totals.ts';
import { CACHE_USES, OUTCOMES, RERANK_USES, type Sample, SEARCH_ENDPOINTS } from '../../../ops/sample.ts';
import { runs } from '../../support/runs.ts';
import { sampleOf } from '../sample-of.ts';
import { latencyNs, sparseOf } from './hdr.ts';

const samples = fc.array(
  fc
    .record({
      endpoint: fc.constantFrom('/search', '/search/batch', '/stats/health'),
      outcome: fc.constantFrom(...OUTCOMES),
      cache: fc.constantFrom(...CACHE_USES),
      rerank: fc.constantFrom(...RERANK_USES),
      arm: fc.constantFrom('control', 'canary'),
      totalNs: latencyNs,
      queueNs: fc.option(latencyNs),
      degraded: fc.subarray(['rerank_failed', 'dense_failed'] as const),
      empty: fc.boolean(),
    })
    .map(sampleOf),
  { maxLength: 40 },
);

const tagFor = ({ endpoint, outcome, cache, rerank, arm }: Sample, measure: 'total' | 'queue'): string =>
  tagOf({ measure, endpoint, outcome, cache, rerank, arm });

it('every sample is in the interval in which it came, under its own name, and in no other', () => {
  fc.assert(
    fc.property(fc.array(samples, { maxLength: 4 }), (steps) => {
      const recorder = new Recorder();
      for (const step of steps) {
        for (const sample of step) recorder.record(sample);
        const expected = new Map<string, number[]>();
        const add = (tag: string, ns: number) => expected.set(tag, [...(expected.get(tag) ?? []), ns]);
        for (const sample of step) {
          add(tagFor(sample, 'total'), sample.totalNs);
          if (sample.queueNs !== null) add(tagFor(sample, 'queue'), sample.queueNs);
        }
        const { series, events } = recorder.take(0);
        expect(new Set(series.keys())).toEqual(new Set(expected.keys()));
        for (const [tag, values] of expected) expect(series.get(tag), tag).toEqual(sparseOf(values));
        expect(events.get('empty') ?? 0).toBe(step.filter(({ empty }) => empty).length);
        expect(events.get('degraded;rerank_failed') ?? 0).toBe(
          step.filter(({ degraded }) => degraded.includes('rerank_failed')).length,
        );
      }
      const all = steps.flat();
      const total = recorder.totals().filter(({ series }) => series.measure === 'total');
      expect(total.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
      const counted = [...recorder.outcomes().values()].flatMap((outcomes) => Object.values(outcomes));
      expect(counted.reduce((sum, count) => sum + count, 0)).toBe(all.length);
    }),
    runs(15),
  );
});

it('totals fall into the bucket whose bound they do not exceed, and their sum is right to a thousandth', () => {
  fc.assert(
    fc.property(fc.array(latencyNs, { minLength: 1, maxLength: 100 }), (latencies) => {
      const recorder = new Recorder();
      for (const totalNs of latencies) recorder.record(sampleOf({ totalNs }));
      recorder.take(0);
      const [only] = recorder.totals();
      for (const [at, bound] of BOUNDS_NS.entries()) {
        const below = latencies.filter((ns) => indexOf(ns) <= indexOf(bound)).length;
        expect(
          only!.buckets.slice(0, at + 1).reduce((sum, count) => sum + count, 0),
          String(bound),
        ).toBe(below);
      }
      const sum = latencies.reduce((all, ns) => all + ns, 0);
      expect(Math.abs(only!.sumNs - sum) / Math.max(1, sum)).toBeLessThan(0.001);
    }),
    runs(15),
  );
});

it('the slowest request of a step and the last one stand for their buckets, by their ids', () => {
  const recorder = new Recorder();
  for (const [requestId, totalNs] of [
    ['fast', 2e6],
    ['slow', 900e6],
    ['last', 30e6],
    ['', 20e9],
  ] as const)
    recorder.record(sampleOf({ requestId, totalNs }));
  recorder.take(1234);
  // The slowest has no id, so nothing stands for it.
  expect([...recorder.totals()[0]!.exemplars.values()]).toEqual([]);
  for (const [requestId, totalNs] of [
    ['slow', 900e6],
    ['last', 30e6],
  ] as const)
    recorder.record(sampleOf({ requestId, totalNs }));
  recorder.take(1234);
  expect([...recorder.totals()[0]!.exemplars.values()]).toEqual([
    { requestId: 'last', ns: 30e6, timeMs: 1234 },
    { requestId: 'slow', ns: 900e6, timeMs: 1234 },
  ]);
});

it('endpoints beyond the bound are counted as other, and nothing is lost', () => {
  const recorder = new Recorder();
  for (let n = 0; n < 500; n++) recorder.record(sampleOf({ endpoint: `/e${n}`, queueNs: 1 }));
  const outcomes = recorder.outcomes();
  expect(outcomes.size).toBeLessThan(70);
  expect(outcomes.get(OTHER)!.answered).toBe(500 - (outcomes.size - 1));
  expect(recorder.events.get('unnamed')).toBe(500 - (outcomes.size - 1));
});

it('however many other endpoints are asked in however many ways, searches are counted under their own names', () => {
  const recorder = new Recorder();
  for (let n = 0; n < 100; n++)
    for (const outcome of OUTCOMES) recorder.record(sampleOf({ endpoint: `/e${n}`, outcome }));
  for (const endpoint of SEARCH_ENDPOINTS)
    for (const outcome of OUTCOMES)
      for (const cache of CACHE_USES) recorder.record(sampleOf({ endpoint, outcome, cache }));
  for (const endpoint of SEARCH_ENDPOINTS)
    expect(recorder.outcomes().get(endpoint)).toEqual(
      Object.fromEntries(OUTCOMES.map((one) => [one, CACHE_USES.length])),
    );
});

it('times below zero, beyond an hour and no numbers are counted at the ends', () => {
  const recorder = new Recorder();
  for (const totalNs of [-5, Number.NaN, 0, 4e12, Number.POSITIVE_INFINITY]) recorder.record(sampleOf({ totalNs }));
  const [part] = [...recorder.take(0).series.values()];
  expect(totalOf(part!)).toBe(5);
  expect(Counts.of(part!).above(3.5e12)).toBe(2);
});

it('counts that other threads add while they are read are all seen, once', async () => {
  const writers = 3;
  const events = 200_000;
  const buffers = stageBuffers(writers);
  const series = stageSeries(buffers);
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    import(workerData.module).then(({ StageRecorder }) => {
      const recorder = new StageRecorder(workerData.buffer);
      const timings = { embedMs: 0, denseMs: 0.5, lexicalMs: 0.1, fuseMs: 0, diversifyMs: 0, rerankMs: 0, documentsMs: 0.2 };
      for (let n = 0; n < ${events}; n++) recorder.record(1 + n % 7, n % 2 === 0 ? timings : null);
      parentPort.postMessage('done');
    });`;
  const module = new URL('../../../dist/ops/metrics/stage-recorder.js', import.meta.url).href;
  const ends = buffers.map((buffer) => {
    const worker = new Worker(code, { eval: true, workerData: { buffer, module } });
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  });
  const sums = new Map<string, number>();
  const read = (): void => {
    for (const live of series)
      for (const part of live.take()) sums.set(live.tag, (sums.get(live.tag) ?? 0) + totalOf(part));
  };
  let done = false;
  const finished = Promise.all(ends).then(() => {
    done = true;
  });
  while (!done) {
    read();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await finished;
  read();
  const counted = Object.fromEntries([...sums].map(([tag, count]) => [tag.split(';')[0]!, count]));
  expect(counted).toEqual({
    service: writers * events,
    dense: (writers * events) / 2,
    lexical: (writers * events) / 2,
    documents: (writers * events) / 2,
  });
});

it('a worker counts its stages where the judge reads them', () => {
  const [buffer] = stageBuffers(1) as [SharedArrayBuffer];
  const series = stageSeries([buffer]);
  const stage = Object.fromEntries(STAGES.map((name, at) => [`${name}Ms`, at + 1]));
  new StageRecorder(buffer).record(99, { ...stage, queueMs: 1, totalMs: 100 } as never);
  const seen = series.map((live) => {
    const values: number[] = [];
    for (const part of live.take()) eachCount(part, (index) => values.push(index));
    return [live.series.measure, ...values];
  });
  expect(seen).toEqual([['service', indexOf(99e6)], ...STAGES.map((name, at) => [name, indexOf((at + 1) * 1e6)])]);
  const counts = sharedCounts();
  addEvent(counts, 5);
  expect(counts[5]).toBe(1);
});
