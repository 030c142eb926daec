/** Real workers answer queries of several arms beside each other. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../../engine/faults.ts';
import { openEngine } from '../../../engine/index.ts';
import { loadGeneration } from '../../../engine/load.ts';
import { leasedGenerations } from '../../../engine/store/leases.ts';
import type { SearchResult } from '../../../engine/types.ts';
import { post } from '../../engine/build/sample-build.ts';
import { ask } from '../../engine/open-parts.ts';
import { until } from '../../support/until.ts';
import { type OpenVariants, openVariants, TRIED, variant } from './open-variants.ts';

const QUERY = 'why does the page cache serve the wrong page';
/** What an answer says of how it was made, and in which order. */
const made = ({ degraded, reranked, variants, model, hits }: SearchResult) => ({
  ...{ degraded, reranked, variants, model },
  ids: hits.map(({ id, score }) => [id, score]),
});

const fault = (changes: Partial<Fault>): Fault => ({
  target: 'reranker',
  kind: 'throw',
  ms: 0,
  variant: null,
  percent: 100,
  ...changes,
});

let open: OpenVariants;
beforeAll(async () => {
  open = await openVariants();
});
afterEach(() => open.arms.setFaults([]));
afterAll(() => open?.close());

/** What most of this is about. It starts processes, so it is set once. */
const canary = variant('canary', { reranker: TRIED });

it('another reranker gives what a process gives that is configured with it, and the others what they gave', async () => {
  const before = await open.find(QUERY, { rerank: true });
  await open.arms.setVariants([canary, variant('control')]);
  const { config } = open;
  const engine = await openEngine({
    config: { ...config, models: { ...config.models, reranker: TRIED } },
    shared: await loadGeneration(config, 1),
    slot: 0,
  });
  const expected = await engine.search(ask(QUERY, { rerank: true }));
  await engine.close();
  if (expected.kind !== 'ok') throw new Error(expected.kind);
  for (let n = 0; n < 4; n++) {
    const tried = await open.find(QUERY, { rerank: true, variants: ['canary'] });
    expect(made(tried)).toEqual({ ...made(expected.result), variants: ['canary'] });
    expect(tried.model.reranker).toBe(TRIED);
    const control = await open.find(QUERY, { rerank: true, variants: ['control'] });
    expect(made(control)).toEqual({ ...made(before), variants: ['control'] });
  }
  expect(made(await open.find(QUERY, { rerank: true }))).toEqual(made(before));
});

describe('what is tried and fails', () => {
  beforeAll(() => open.arms.setVariants([canary]));

  it.each(['throw', 'nan'] as const)('degrades its own queries alone: %s', async (kind) => {
    await open.arms.setFaults([fault({ kind, variant: 'canary' })]);
    const tried = await open.find(`${kind} ${QUERY}`, { rerank: true, variants: ['canary'] });
    expect(tried).toMatchObject({ degraded: ['rerank_failed'], reranked: false, variants: ['canary'] });
    expect(await open.find(`${kind} ${QUERY}`, { rerank: true })).toMatchObject({ degraded: [], reranked: true });
    await open.arms.setFaults([]);
    const healed = await open.find(`${kind} ${QUERY}`, { rerank: true, variants: ['canary'] });
    expect(healed).toMatchObject({ degraded: [], reranked: true });
  });

  it('is ended where it hangs, and another process takes its place', async () => {
    await open.arms.setFaults([fault({ kind: 'hang', variant: 'canary' })]);
    const asked = Array.from({ length: 4 }, (_, at) => at);
    const hung = asked.map((at) => open.find(`hang ${at}`, { rerank: true, variants: ['canary'] }));
    const others = asked.map((at) => open.find(`hang ${at}`, { rerank: true }));
    for (const result of await Promise.all(others)) expect(result).toMatchObject({ degraded: [], reranked: true });
    for (const result of await Promise.all(hung)) expect(result.degraded).toEqual(['rerank_failed']);
    expect([open.pool.lost, open.told.some((line) => line.startsWith('outside_model_lost'))]).toEqual([0, true]);
    await open.arms.setFaults([]);
    await until(async () => {
      const { degraded } = await open.find('hang on', { rerank: true, variants: ['canary'] });
      return degraded.length === 0;
    });
  });

  it('keeps nobody else waiting where it is slow; stopped, what waits for it is answered as configured', async () => {
    await open.arms.setFaults([fault({ kind: 'slow', ms: 600_000, variant: 'canary' })]);
    let done = 0;
    const asked = Array.from({ length: 6 }, (_, at) => at);
    const deadlineAtMs = Date.now() + 600_000;
    const slow = asked.map(async (at) => {
      const result = await open.find(`slow ${at}`, { rerank: true, variants: ['canary'], deadlineAtMs });
      done += 1;
      return result;
    });
    // There are more of them than workers, and each came before all of these.
    for (const at of asked)
      expect(await open.find(`slow ${at}`, { rerank: true })).toMatchObject({ degraded: [], reranked: true });
    expect(done).toBe(0);
    open.arms.stopVariants(['canary']);
    for (const result of await Promise.all(slow))
      expect(result).toMatchObject({ variants: [], degraded: [], model: { reranker: 'wp-chat-rerank-en' } });
  });

  it('a worker that hangs over the configured model is replaced, and the new one knows the variants', async () => {
    await open.arms.setVariants([variant('off', { rerank: false }), variant('here')]);
    await open.arms.setFaults([fault({ kind: 'hang', variant: 'here' })]);
    const { lost } = open.pool;
    const deadlineAtMs = Date.now() + 100;
    expect(await open.ask('hung', { rerank: true, variants: ['here'], deadlineAtMs })).toMatchObject({
      kind: 'deadline',
    });
    await until(() => open.pool.lost > lost);
    // Both at once, so that each worker has one.
    const both = await Promise.all(
      ['one', 'two'].map((query) => open.find(query, { rerank: true, variants: ['off'] })),
    );
    for (const result of both) expect(result).toMatchObject({ degraded: ['rerank_off'], variants: ['off'] });
  });

  it('an embedder may fail as well, where the process was started for it', async () => {
    await open.arms.setFaults([fault({ target: 'embedder', variant: 'off' })]);
    expect(await open.find(QUERY, { variants: ['off'] })).toMatchObject({
      degraded: ['dense_failed'],
      mode: 'bm25',
    });
    expect(await open.find(QUERY)).toMatchObject({ degraded: [] });
  });
});

describe('the kill switch', () => {
  it('holds for whatever is asked afterwards, in every worker and under load', async () => {
    const names = ['off', 'few'];
    await open.arms.setVariants([variant('off', { rerank: false }), variant('few', { retrieval: { candidates: 10 } })]);
    let stoppedAtMs = Number.POSITIVE_INFINITY;
    let lastMs = 0;
    let before = 0;
    const after: SearchResult[] = [];
    const caller = async (): Promise<void> => {
      while (after.length < 40) {
        const stopped = Number.isFinite(stoppedAtMs);
        const result = await open.find(QUERY, { rerank: true, variants: names });
        if (result.variants.length > 0) lastMs = performance.now();
        if (stopped) after.push(result);
        else before += 1;
        if (before === 40 && !Number.isFinite(stoppedAtMs)) {
          stoppedAtMs = performance.now();
          open.arms.stopVariants(names);
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, caller));
    for (const result of after) expect(result).toMatchObject({ variants: [], degraded: [], reranked: true });
    process.stdout.write(
      `The last answer with a stopped variant came ${Math.max(0, lastMs - stoppedAtMs).toFixed(1)} ms after\n`,
    );
    await open.arms.setVariants([variant('off', { rerank: false })]);
    expect((await open.find(QUERY, { rerank: true, variants: names })).variants).toEqual(['off']);
  });

  it('wins over a change that is under way', async () => {
    const changing = open.arms.setVariants([variant('few', { retrieval: { candidates: 10 } }), variant('control')]);
    open.arms.stopVariants(['few']);
    await changing;
    expect((await open.find(QUERY, { variants: ['few', 'control'] })).variants).toEqual(['control']);
  });
});

describe('a generation of an arm', () => {
  const asked = { variants: ['built'] };
  const put = (id: string, words: string) =>
    open.live.apply({
      kind: 'put',
      document: post(id, { title: words, text: `All of ${words}.` }),
      ifVersion: null,
      key: null,
    });
  const finds = async (words: string, changes: object): Promise<boolean> =>
    (await open.find(words, { mode: 'bm25', ...changes })).hits.some(({ title }) => title === words);

  it('answers beside the one that serves, with its own embedder', async () => {
    const serving = await open.find(QUERY);
    await open.arms.setVariants([variant('built', { generation: open.other })]);
    for (let n = 0; n < 4; n++) {
      const result = await open.find(QUERY, asked);
      expect(result).toMatchObject({ generation: open.other, variants: ['built'], degraded: [] });
      expect(result.model.embedder).toBe('other-embedder');
      expect(result.hits.map(({ id }) => id)).toEqual(serving.hits.map(({ id }) => id));
    }
    expect(await open.find(QUERY)).toMatchObject({ generation: serving.generation, variants: [] });
    expect(leasedGenerations(open.config.index.directory)).toContain(open.other);
  });

  it('has what changed before it was opened and since, also in a worker that was born later', async () => {
    await open.arms.setVariants([]);
    await put('early', 'wombats');
    await open.arms.setVariants([variant('built', { generation: open.other }), variant('hung')]);
    expect(await finds('wombats', asked)).toBe(true);
    await put('late', 'numbats');
    await until(() => finds('numbats', asked));
    expect((await open.find('numbats', { ...asked, mode: 'dense' })).hits[0]).toMatchObject({ title: 'numbats' });
    const { lost } = open.pool;
    await open.arms.setFaults([fault({ kind: 'hang', variant: 'hung' })]);
    void open.ask('hung', { rerank: true, variants: ['hung'], deadlineAtMs: Date.now() + 100 });
    await until(() => open.pool.lost > lost);
    const both = await Promise.all(['wombats', 'numbats'].map((words) => finds(words, asked)));
    expect(both).toEqual([true, true]);
  });

  it('is lost when the one that serves has changes that it lacks; other variants stay', async () => {
    await open.arms.setVariants([variant('built', { generation: open.other }), variant('off', { rerank: false })]);
    const lost: string[] = [];
    open.arms.onArmLost((name, reason) => lost.push(`${name} ${reason.code}`));
    await put('later', 'quokkas');
    await open.merging.now();
    expect(open.merging.failed).toBeNull();
    expect(lost).toEqual(['built index_unfit']);
    const result = await open.find(QUERY, { rerank: true, variants: ['built', 'off'] });
    expect(result).toMatchObject({ variants: ['off'], degraded: ['rerank_off'] });
    expect(result.generation).toBe(open.pool.serving.manifest.generation);
    await open.arms.setVariants([]);
    expect(leasedGenerations(open.config.index.directory)).not.toContain(open.other);
    await expect(open.arms.setVariants([variant('built', { generation: open.other })])).rejects.toMatchObject({
      code: 'index_unfit',
      place: { field: 'built.generation', value: open.other },
    });
  });
});

describe('variants that cannot be had are refused, and nothing has changed', () => {
  it.each([
    [{ reranker: 'no-such-model' }, 'model_missing', 'reranker'],
    [{ reranker: 'all-minilm-l6-v2' }, 'model_missing', 'reranker'],
    [{ generation: 'no-such-generation' }, 'index_missing', 'generation'],
    [{ retrieval: { candidates: 1 } }, 'variant_invalid', 'retrieval.candidates'],
  ])('%j', async (changes, code, field) => {
    const sound = variant('sound', { rerank: false });
    await open.arms.setVariants([sound]);
    const both = [variant('new'), variant('bad', changes)];
    await expect(open.arms.setVariants(both)).rejects.toMatchObject({
      code,
      message: expect.stringContaining('bad'),
      place: { field: expect.stringContaining(field), remedy: expect.any(String) },
    });
    expect(open.arms.variants).toEqual([sound]);
    const asked = { rerank: true, variants: ['sound', 'new'] };
    expect(await open.find(QUERY, asked)).toMatchObject({ variants: ['sound'], degraded: ['rerank_off'] });
  });

  it('nor is one with a file that is not the one of its card, or the generation that serves', async () => {
    const card = join(open.config.models.directory, TRIED, 'tokenizer.json');
    const serving = open.pool.serving.manifest.generation;
    await expect(open.arms.setVariants([variant('bad', { generation: serving })])).rejects.toMatchObject({
      code: 'variant_invalid',
      place: { field: 'bad.generation', value: serving },
    });
    rmSync(card);
    writeFileSync(card, '{}');
    await expect(open.arms.setVariants([variant('bad', { reranker: TRIED })])).rejects.toMatchObject({
      code: 'model_damaged',
      place: { value: TRIED },
    });
    expect(open.arms.variants).toEqual([variant('sound', { rerank: false })]);
    expect((await open.find(QUERY, { rerank: true, variants: ['sound', 'bad'] })).variants).toEqual(['sound']);
  });
});
