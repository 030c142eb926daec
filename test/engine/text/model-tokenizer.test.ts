import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { packageRoot } from '../../../engine/package-root.ts';
import { openModelTokenizer } from '../../../engine/text/index.ts';

const modelDir = join(packageRoot, 'data/models/all-minilm-l6-v2');
const tokenizer = openModelTokenizer(modelDir, { tokensMax: 256 });
const CLS = 101;
const SEP = 102;

interface Reference {
  readonly text: string;
  readonly ids: number[];
}
const references: Reference[] = gunzipSync(readFileSync(join(packageRoot, 'test/fixtures/text/tokens-1000.jsonl.gz')))
  .toString()
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof EngineError) return error.code;
    throw error;
  }
  return 'none';
};

describe('the model tokenizer', () => {
  it('gives the ids of the reference implementation on a thousand texts, hostile ones among them', () => {
    expect(references).toHaveLength(1000);
    const different = references.filter(({ text, ids }) => `${tokenizer.encode(text, 10_000)}` !== `${ids}`);
    expect(different).toEqual([]);
  });

  it('cuts at the end and keeps the special tokens, as the reference does', () => {
    for (const { text, ids } of references.filter((reference) => reference.ids.length > 12)) {
      expect([...tokenizer.encode(text, 12)]).toEqual([...ids.slice(0, 11), SEP]);
    }
  });

  it('gives the same ids whether its cache is cold or warm', () => {
    const cold = openModelTokenizer(modelDir, { tokensMax: 256 });
    for (const { text } of references) {
      expect(cold.encodeWithoutSpecials(text)).toEqual(tokenizer.encodeWithoutSpecials(text));
    }
  });

  it('frames any text, counts it, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), fc.integer({ min: 2, max: 64 }), (text, tokensMax) => {
        const bare = tokenizer.encodeWithoutSpecials(text);
        expect(tokenizer.count(text)).toBe(bare.length);
        expect([...tokenizer.encode(text, tokensMax)]).toEqual([CLS, ...bare.slice(0, tokensMax - 2), SEP]);
        expect([...tokenizer.encodeWithoutSpecials(text, tokensMax)]).toEqual([...bare.slice(0, tokensMax)]);
      }),
    );
  });

  it('drops lone surrogates and takes a word of a million letters as one unknown', () => {
    expect([...tokenizer.encodeWithoutSpecials('a\ud800b')]).toEqual([...tokenizer.encodeWithoutSpecials('ab')]);
    expect([...tokenizer.encodeWithoutSpecials('x'.repeat(1_000_000))]).toEqual([100]);
  });

  it('frames pairs: the query is cut to its limit, the passage to what is left', () => {
    const small = openModelTokenizer(modelDir, { tokensMax: 12, queryTokensMax: 4 });
    const ids = fc.array(fc.integer({ min: 1000, max: 30_000 }), { maxLength: 20 });
    fc.assert(
      fc.property(ids, ids, (query, passage) => {
        const pair = small.pair(query, Int32Array.from(passage));
        const keptQuery = query.slice(0, 4);
        const keptPassage = passage.slice(0, 12 - 3 - keptQuery.length);
        expect([...pair.ids]).toEqual([CLS, ...keptQuery, SEP, ...keptPassage, SEP]);
        const second = keptPassage.length + 1;
        expect([...pair.typeIds]).toEqual([...Array(keptQuery.length + 2).fill(0), ...Array(second).fill(1)]);
      }),
    );
  });

  it('refuses a model without a tokenizer, and one whose tokenizer is broken, by code', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokenizer-'));
    expect(codeOf(() => openModelTokenizer(folder, { tokensMax: 256 }))).toBe('model_missing');
    for (const content of [
      '',
      '{',
      '[]',
      '{"model":{}}',
      '{"added_tokens":[],"model":{"type":"WordPiece","vocab":{}}}',
    ]) {
      writeFileSync(join(folder, 'tokenizer.json'), content);
      expect(codeOf(() => openModelTokenizer(folder, { tokensMax: 256 }))).toBe('model_damaged');
    }
  });

  it('takes tokenizers of other kinds through the library', () => {
    const file = JSON.parse(readFileSync(join(modelDir, 'tokenizer.json'), 'utf8'));
    file.normalizer = { ...file.normalizer, lowercase: false, strip_accents: false };
    const folder = mkdtempSync(join(tmpdir(), 'tokenizer-'));
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(file));
    const cased = openModelTokenizer(folder, { tokensMax: 256 });
    expect(cased.encode('hello world')).toEqual(tokenizer.encode('hello world'));
    expect(cased.encode('HELLO')).not.toEqual(tokenizer.encode('HELLO'));
  });
});
