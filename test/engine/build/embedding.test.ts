import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Embedding, type EmbeddingSettings, type EmbedTexts } from '../../../engine/build/embedding.ts';
import { VectorCache } from '../../../engine/build/vector-cache.ts';
import { EngineError } from '../../../engine/errors.ts';
import { runs } from '../../support/runs.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';

const freshFolder = temporaryFolders();
const openCache = (): VectorCache => new VectorCache(join(freshFolder(), 'model.cache'), 2);

/** A vector that tells its text. */
const vectorOf = (ids: Int32Array): Float32Array => Float32Array.of(ids[0]!, ids.length);
const embedAll: EmbedTexts = async (texts) => texts.map(vectorOf);
const failed = new EngineError('model_failed', 'Cannot embed: worn out');

const settingsFor = (cache: VectorCache, changes: Partial<EmbeddingSettings> = {}): EmbeddingSettings => ({
  embed: embedAll,
  cache,
  batchTexts: 3,
  batchesMax: 2,
  onEmbedded: () => undefined,
  ...changes,
});

/** Answers in whatever order fast-check's scheduler lets them. */
const text = fc
  .tuple(fc.nat(12), fc.integer({ min: 1, max: 3 }))
  .map(([first, length]) => new Int32Array(length).fill(first));

describe('embedding', () => {
  it('has every text under its key in the end, whatever order batches come back in, and asks for none twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(text, { maxLength: 40 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        async (scheduler, texts, batchTexts, batchesMax) => {
          const cache = openCache();
          const asked: string[] = [];
          let underWay = 0;
          let counted = 0;
          const embed: EmbedTexts = async (batch) => {
            expect(batch.length).toBeLessThanOrEqual(batchTexts);
            expect(++underWay).toBeLessThanOrEqual(batchesMax);
            asked.push(...batch.map((ids) => ids.join()));
            const vectors = await scheduler.schedule(Promise.resolve(batch.map(vectorOf)));
            underWay -= 1;
            return vectors;
          };
          const onEmbedded = (count: number): void => {
            counted += count;
          };
          const embedding = new Embedding({ embed, cache, batchTexts, batchesMax, onEmbedded });
          const run = (async () => {
            const keys: string[] = [];
            for (const ids of texts) keys.push(await embedding.add(ids));
            await embedding.finish();
            return keys;
          })();
          const keys = await scheduler.waitFor(run);
          expect(keys.map((key) => cache.get(key))).toEqual(texts.map(vectorOf));
          const distinct = new Set(texts.map((ids) => ids.join()));
          expect(asked).toHaveLength(distinct.size);
          expect(new Set(asked)).toEqual(distinct);
          expect(counted).toBe(distinct.size);
          cache.close();
        },
      ),
      runs(20),
    );
  });

  it('asks for nothing that the cache knows', async () => {
    const cache = openCache();
    const first = new Embedding(settingsFor(cache));
    const key = await first.add(Int32Array.of(4));
    await first.finish();
    const embed: EmbedTexts = () => expect.unreachable('The vector was known');
    const second = new Embedding(settingsFor(cache, { embed }));
    expect(await second.add(Int32Array.of(4))).toBe(key);
    await second.finish();
    cache.close();
  });

  it('gives the failure of a batch to whoever adds or finishes, and keeps what other batches gave', async () => {
    const cache = openCache();
    const embed: EmbedTexts = async (texts) => {
      if (texts.some(([first]) => first === 5)) throw failed;
      return texts.map(vectorOf);
    };
    const embedding = new Embedding(settingsFor(cache, { embed, batchTexts: 2 }));
    const added = (async () => {
      for (let n = 0; n < 20; n++) await embedding.add(Int32Array.of(n));
      await embedding.finish();
    })();
    await expect(added).rejects.toBe(failed);
    await expect(embedding.finish()).rejects.toBe(failed);
    await embedding.settle();
    expect(cache.size).toBeGreaterThanOrEqual(4);
    cache.close();
  });

  it('once settled writes nothing any more', async () => {
    const cache = openCache();
    const answers: (() => void)[] = [];
    const embed: EmbedTexts = (texts) => new Promise((resolve) => answers.push(() => resolve(texts.map(vectorOf))));
    const embedding = new Embedding(settingsFor(cache, { embed, batchTexts: 1, batchesMax: 3 }));
    const keys = await Promise.all([1, 2].map((n) => embedding.add(Int32Array.of(n))));
    let settled = false;
    const settling = embedding.settle().then(() => {
      settled = true;
    });
    answers[0]!();
    await Promise.resolve();
    expect(settled).toBe(false);
    answers[1]!();
    await settling;
    expect(keys.map((key) => cache.has(key))).toEqual([true, true]);
    cache.close();
  });
});
