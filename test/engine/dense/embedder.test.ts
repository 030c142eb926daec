import { appendFileSync, cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Embedder, openEmbedder, type UnitVector } from '../../../engine/dense/embedder.ts';
import { EngineError } from '../../../engine/errors.ts';
import { type EmbedCard, readCard } from '../../../engine/models/index.ts';
import { parseCard } from '../../../engine/models/model-card.ts';
import { embedCard, modelFolder, scratch, sha256, shippedModels, tokenizerOf } from '../models/support.ts';
import { frequencies, tinyGraph } from '../models/tiny-onnx.ts';

const dir = join(shippedModels, 'all-minilm-l6-v2');
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('the shipped embedder', () => {
  const tokenizer = tokenizerOf(dir);
  let embedder: Embedder;
  const embed = (text: string): Promise<UnitVector> => embedder.embed(tokenizer.text(text));
  beforeAll(async () => {
    embedder = await openEmbedder((await readCard(dir)) as EmbedCard, dir);
  });
  afterAll(() => embedder.close());

  it('gives the same text the same vector to the bit, whatever was embedded between', async () => {
    const text = 'How do I reset a forgotten WordPress password?';
    const first = await embed(text);
    const copy = first.slice();
    for (const other of ['a', 'Sourdough bread needs time. '.repeat(20), 'permalinks']) await embed(other);
    expect(await embed(text)).toEqual(first);
    expect(first).toEqual(copy);
  });

  it('gives the same vectors when calls overlap as when they do not', async () => {
    const texts = ['themes and plugins', 'The comment form is gone after an update.', 'gluten', 'cache '.repeat(100)];
    const alone: UnitVector[] = [];
    for (const text of texts) alone.push(await embed(text));
    expect(await Promise.all(texts.map(embed))).toEqual(alone);
  });

  it('puts a passage nearer to the question it answers than to any other question', async () => {
    const pairs = [
      ['How do I bake sourdough bread?', 'Mix flour, water and starter, let the dough rise overnight and bake it hot.'],
      ['Why is my website slow?', 'Large images and missing page caching make pages load slowly.'],
      ['What does a lawyer cost?', 'Attorneys usually charge by the hour; the first consultation may be free.'],
      ['Where can I park near the museum?', 'There is a garage behind the building and street parking on Sundays.'],
    ] as const;
    const questions = await Promise.all(pairs.map(([question]) => embed(question)));
    for (const [i, [, passage]] of pairs.entries()) {
      const vector = await embed(passage);
      const cosines = questions.map((question) => dot(question, vector));
      expect(cosines.indexOf(Math.max(...cosines))).toBe(i);
    }
  });

  it('gives vectors of 384 dimensions and length 1 for texts of 1 token and of 256', async () => {
    for (const ids of [Int32Array.of(101), new Int32Array(256).fill(2005)]) {
      const vector = await embedder.embed(ids);
      expect(vector).toHaveLength(384);
      expect(Math.abs(Math.sqrt(dot(vector, vector)) - 1)).toBeLessThan(1e-3);
    }
  });

  it('refuses no tokens and more than the model takes', async () => {
    await expect(embedder.embed(new Int32Array(0))).rejects.toThrow(RangeError);
    await expect(embedder.embed(new Int32Array(257))).rejects.toThrow(/1 to 256 tokens: received 257/);
  });

  it('answers model_failed for an id outside the vocabulary, and goes on', async () => {
    await expect(embedder.embed(Int32Array.of(101, 99_999_999, 102))).rejects.toMatchObject({ code: 'model_failed' });
    expect(await embed('still there')).toHaveLength(384);
  });
});

describe('a damaged embedder', () => {
  const copied = async (damage: (file: string) => void) => {
    const copy = join(scratch(), 'all-minilm-l6-v2');
    cpSync(dir, copy, { recursive: true });
    damage(join(copy, 'model_int8.onnx'));
    return openEmbedder((await readCard(copy)) as EmbedCard, copy);
  };

  it('is refused before it reaches the runtime when a byte is added, and when it is gone', async () => {
    await expect(copied((file) => appendFileSync(file, 'x'))).rejects.toMatchObject({ code: 'model_damaged' });
    await expect(copied((file) => rmSync(file))).rejects.toMatchObject({ code: 'model_missing' });
  });
});

describe('pooling outside the graph', () => {
  const ids = Int32Array.of(4, 9, 1);
  const rows = [...ids].map((id) => [...frequencies(8)].map((f) => Math.sin(Math.fround(id * f))));
  const unit = (values: number[]) => values.map((value) => value / Math.hypot(...values));

  const open = (changes: Record<string, unknown>, operator: 'Sin' | 'Log' = 'Sin') => {
    const graph = tinyGraph({ dimensions: 8, operator, inputs: ['input_ids'] });
    const folder = modelFolder('tiny', { 'm.onnx': graph, 'tokenizer.json': '{}' }, null);
    const json = JSON.stringify(embedCard({ model_file: 'm.onnx', sha256: { 'm.onnx': sha256(graph) }, ...changes }));
    writeFileSync(join(folder, 'model.json'), json);
    return openEmbedder(parseCard(json, 'model.json') as EmbedCard, folder);
  };

  it.each([
    ['mean', unit(rows[0]!.map((_, d) => rows.reduce((sum, row) => sum + row[d]!, 0) / rows.length))],
    ['cls', unit(rows[0]!)],
  ])('takes the %s of the token states and brings it to length 1', async (pooling, expected) => {
    const embedder = await open({ pooling });
    const vector = await embedder.embed(ids);
    expect(Math.max(...vector.map((value, d) => Math.abs(value - expected[d]!)))).toBeLessThan(1e-5);
    await embedder.close();
  });

  it('answers model_failed for NaN, for another width, and for a vector that should be of length 1 and is not', async () => {
    const failure = async (changes: Record<string, unknown>, operator: 'Sin' | 'Log' = 'Sin') => {
      const embedder = await open(changes, operator);
      return embedder.embed(ids).then(
        () => 'a vector',
        (error: EngineError) => error.code,
      );
    };
    expect(await failure({}, 'Log')).toBe('model_failed');
    expect(await failure({ dimensions: 16 })).toBe('model_failed');
    expect(await failure({ pooling: 'mean (in graph)' })).toBe('model_failed');
    expect(await failure({ normalized: true })).toBe('model_failed');
    // The id 0 makes every state 0: no direction to normalise.
    const embedder = await open({ pooling: 'cls' });
    await expect(embedder.embed(Int32Array.of(0))).rejects.toThrow(/expected length 1/);
  });

  it('refuses a graph whose inputs or outputs are not those of the card', async () => {
    await expect(open({ inputs: ['input_ids', 'token_type_ids'] })).rejects.toMatchObject({
      code: 'model_damaged',
      place: { field: 'inputs', value: ['input_ids'] },
    });
    await expect(open({ output: 'logits' })).rejects.toBeInstanceOf(EngineError);
  });
});
