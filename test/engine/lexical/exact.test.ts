import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Lexical, LexicalWriter, loadLexical, openLexical } from '../../../engine/lexical/index.ts';
import { referenceScores, referenceTop } from '../../support/reference-bm25.ts';
import { runs } from '../../support/runs.ts';
import { type Case, cases, largeCorpus, queriesOver, randomFrom } from './corpora.ts';

const BUILDS = [
  { build: 'SIMD', simd: true },
  { build: 'scalar', simd: false },
] as const;

function indexOf(corpus: readonly string[][], k1: number, b: number): Uint8Array {
  const writer = new LexicalWriter({ k1, b });
  for (const document of corpus) writer.add(document);
  return writer.finish().bytes;
}

function maskOf(documents: number, allows: (id: number) => boolean): Uint8Array {
  const mask = new Uint8Array(Math.ceil(documents / 8));
  for (let id = 0; id < documents; id++) if (allows(id)) mask[id >> 3]! |= 1 << (id & 7);
  return mask;
}

/** By query: both builds are asked the same ones. */
const referenced = new WeakMap<Case['query'], { readonly of: Case; readonly scores: readonly number[] }>();

function scoresOf(one: Case): readonly number[] {
  const { corpus, k1, b, query } = one;
  const known = referenced.get(query);
  if (known?.of.corpus === corpus && known.of.k1 === k1 && known.of.b === b) return known.scores;
  const weights = new Map<string, number>();
  for (const [term, weight] of query) weights.set(term, (weights.get(term) ?? 0) + weight);
  const scores = referenceScores(corpus, weights, k1, b);
  referenced.set(query, { of: one, scores });
  return scores;
}

/** The answer is the reference's: the same ids in the same order, and scores within 1e-6 of it. */
function expectExact(lexical: Lexical, one: Case): void {
  const { corpus, query, k, allows } = one;
  const terms = query.map(([term, weight]) => ({ term, weight }));
  const scores = scoresOf(one);
  const expected = referenceTop(scores, k, allows ?? (() => true));
  const found = lexical.search(terms, k, allows && maskOf(corpus.length, allows));
  expect([...found.ids]).toEqual(expected);
  const isOff = (score: number, id: number): boolean => !(Math.abs(score - scores[id]!) <= 1e-6 * scores[id]!);
  expect(expected.filter((id, rank) => isOff(found.scores[rank]!, id))).toEqual([]);
  const some = Uint32Array.from(corpus.keys()).filter((id) => id % 7 === 0);
  const scored = lexical.score(terms, some);
  expect(some.filter((id, at) => isOff(scored[at]!, id))).toHaveLength(0);
}

/** One for both builds: it is what takes long. */
const large = largeCorpus(140_000);
const largeIndex = indexOf(large, 0.9, 0.4);
const largeQueries = queriesOver(large.length);

describe.each(BUILDS)('lexical, $build build', ({ simd }) => {
  test('the top k and their scores are those of BM25 over any corpus, query, k and mask', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const shared = loadLexical(indexOf(one.corpus, one.k1, one.b), { workersMax: 1 });
        expectExact(openLexical(shared, 0, { simd }), one);
      }),
      runs(80),
    );
  });

  test('a corpus of several windows, with dense, common and rare terms, is searched exactly', () => {
    const lexical = openLexical(loadLexical(largeIndex, { workersMax: 1 }), 0, { simd });
    for (const { query, k, allows } of largeQueries)
      expectExact(lexical, { corpus: large, k1: 0.9, b: 0.4, query, k, allows });
  });

  test('a query of 256 terms of very unequal weights is searched exactly', () => {
    const terms = Array.from({ length: 256 }, (_, at) => `w${at}`);
    const random = randomFrom(3);
    const corpus = Array.from({ length: 2000 }, () => terms.filter((_, at) => random() < 1 / (1 + at / 8)));
    const lexical = openLexical(loadLexical(indexOf(corpus, 0.9, 0.4), { workersMax: 1 }), 0, { simd });
    for (const steepness of [0, 1, 3]) {
      const query = terms.map((term, at) => [term, (at + 1) ** steepness] as const);
      for (const k of [1, 10, 1000]) expectExact(lexical, { corpus, k1: 0.9, b: 0.4, query, k, allows: null });
    }
    expect(() =>
      lexical.search(
        [...terms, 'unknown', 'w0'].map((term) => ({ term, weight: 1 })),
        1,
      ),
    ).not.toThrow();
  });

  test('documents that all score alike come by ascending id, beyond what the candidate buffer holds', () => {
    const corpus = Array.from({ length: 30_000 }, () => ['same']);
    const lexical = openLexical(loadLexical(indexOf(corpus, 0.9, 0.4), { workersMax: 1 }), 0, { simd });
    for (const k of [1, 10, 1000]) {
      const found = lexical.search([{ term: 'same', weight: 1 }], k);
      expect([...found.ids]).toEqual(Array.from({ length: k }, (_, id) => id));
    }
  });
});
