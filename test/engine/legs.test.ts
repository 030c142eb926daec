import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadVectors, VectorFile, Vectors } from '../../engine/dense/index.ts';
import { countTerms, joinLegs } from '../../engine/legs.ts';
import { LexicalWriter, loadLexical, openLexical } from '../../engine/lexical/index.ts';
import { clusteredVectors } from './dense/clustered.ts';
import { temporaryFolders } from './source/temporary-folder.ts';

const freshFolder = temporaryFolders();
const COUNT = 60;
const WORDS = ['red', 'fox', 'hen', 'blue', 'green'];
const documents = Array.from({ length: COUNT }, (_, id) =>
  WORDS.filter((_, at) => (id * 7 + at * id) % (at + 2) === 0),
);
const rows = clusteredVectors({ count: COUNT, dimensions: 16, clusters: 6, seed: 1 });
const hasVector = (id: number): boolean => id % 5 !== 0;

function openLegs() {
  const writer = new LexicalWriter({ k1: 0.9, b: 0.4 });
  for (const document of documents) writer.add(document);
  const file = new VectorFile(16, COUNT);
  for (const [id, row] of rows.entries()) if (hasVector(id)) file.set(id, row);
  const path = join(freshFolder(), 'vectors.i8');
  writeFileSync(path, file.bytes);
  return {
    index: openLexical(loadLexical(writer.finish().bytes, { workersMax: 1 }), 0),
    vectors: new Vectors(loadVectors(path, null, 1), 0),
  };
}

describe('the terms of a query', () => {
  it('weigh what they occur, the first ones only', () => {
    expect(countTerms(['to', 'be', 'or', 'not', 'to', 'be'], 5)).toEqual([
      { term: 'to', weight: 2 },
      { term: 'be', weight: 1 },
      { term: 'or', weight: 1 },
      { term: 'not', weight: 1 },
    ]);
    expect(countTerms([], 5)).toEqual([]);
  });
});

describe('joined legs', () => {
  const { index, vectors } = openLegs();
  const queries = fc.record({
    words: fc.subarray(WORDS, { minLength: 1 }),
    near: fc.nat(COUNT - 1),
    k: fc.integer({ min: 1, max: 20 }),
  });

  it('hold each passage of either list once, with its rank there and its exact score in both', () => {
    fc.assert(
      fc.property(queries, ({ words, near, k }) => {
        const terms = countTerms(words, 64);
        const vector = rows[near]!;
        const lexical = index.search(terms, k);
        const dense = vectors.searchExactly(vector, k);
        const joined = joinLegs({ list: lexical, index, terms }, { list: dense, vectors, vector });
        const union = new Set([...lexical.ids, ...dense.ids]);
        expect(joined.map(({ id }) => id).sort((a, b) => a - b)).toEqual([...union].sort((a, b) => a - b));
        const rankIn = (ids: Uint32Array, id: number): number | null => (ids.includes(id) ? ids.indexOf(id) + 1 : null);
        for (const one of joined) {
          expect(one.bm25Rank).toBe(rankIn(lexical.ids, one.id));
          expect(one.denseRank).toBe(rankIn(dense.ids, one.id));
          expect(one.bm25).toBe(index.score(terms, Uint32Array.of(one.id))[0]);
          if (one.bm25Rank !== null) expect(one.bm25).toBe(lexical.scores[one.bm25Rank - 1]);
          const [cosine] = vectors.score(vector, Uint32Array.of(one.id));
          expect(one.dense).toBe(hasVector(one.id) ? cosine : null);
        }
      }),
    );
  });

  it('say nothing of a leg that did not run', () => {
    const terms = countTerms(['hen'], 64);
    const lexical = joinLegs({ list: index.search(terms, 5), index, terms }, null);
    expect(lexical.map(({ dense, denseRank, bm25Rank }) => [dense, denseRank, bm25Rank])).toEqual(
      [1, 2, 3, 4, 5].map((rank) => [null, null, rank]),
    );
    const dense = joinLegs(null, { list: vectors.searchExactly(rows[1]!, 3), vectors, vector: rows[1]! });
    expect(dense.map(({ bm25, bm25Rank, denseRank }) => [bm25, bm25Rank, denseRank])).toEqual(
      [1, 2, 3].map((rank) => [null, null, rank]),
    );
  });
});
