import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LexicalWriter, loadLexical, openLexical, type SharedLexical } from '../../../engine/lexical/index.ts';
import { runs } from '../../support/runs.ts';
import { largeCorpus, queriesOver } from './corpora.ts';

const terms = (text: string) => text.split(' ').map((term) => ({ term, weight: 1 }));

function share(corpus: readonly string[][], workersMax = 1): SharedLexical {
  const writer = new LexicalWriter({ k1: 1.2, b: 0.75 });
  for (const document of corpus) writer.add(document);
  return loadLexical(writer.finish().bytes, { workersMax });
}

const small = share([['red', 'fox'], ['red', 'red', 'hen'], [], ['blue', 'hen', 'hen', 'hen']]);

describe('search', () => {
  const lexical = openLexical(small, 0);

  test('tells what the index holds', () => {
    expect({ ...lexical }).toEqual({
      ...{ documents: 4, terms: 4, postings: 6, tokens: 9, averageLength: 2.25 },
      bm25: { k1: 1.2, b: 0.75 },
    });
  });

  test('answers nothing to an empty query, to unknown terms, and through a closed mask', () => {
    for (const found of [
      lexical.search([], 10),
      lexical.search(terms('green'), 10),
      lexical.search(terms('red'), 10, new Uint8Array(1)),
    ]) {
      expect(found).toEqual({ ids: new Uint32Array(0), scores: new Float32Array(0) });
    }
  });

  test('never returns a passage without a term of the query, however many are asked for', () => {
    expect([...lexical.search(terms('hen'), 1000).ids]).toEqual([3, 1]);
  });

  test('adds up the weights of a repeated term', () => {
    const once = lexical.search(
      [
        { term: 'red', weight: 3 },
        { term: 'blue', weight: 1 },
      ],
      10,
    );
    const twice = lexical.search(
      [
        { term: 'red', weight: 1 },
        { term: 'blue', weight: 1 },
        { term: 'red', weight: 2 },
      ],
      10,
    );
    expect(twice).toEqual(once);
  });

  test('explains a score by parts that add up to it, and weighs terms by what they can add', () => {
    const query = [
      { term: 'red', weight: 1 },
      { term: 'hen', weight: 2 },
      { term: 'green', weight: 1 },
    ];
    const parts = lexical.explain(query, 1);
    expect(parts.map(({ term, tf, queryWeight }) => ({ term, tf, queryWeight }))).toEqual([
      { term: 'red', tf: 2, queryWeight: 1 },
      { term: 'hen', tf: 1, queryWeight: 2 },
    ]);
    const [score] = lexical.score(query, Uint32Array.of(1));
    expect(parts.reduce((sum, part) => sum + part.score, 0)).toBeCloseTo(score!, 6);
    expect([...lexical.weights(query)]).toEqual([
      ['red', parts[0]!.idf],
      ['hen', 2 * parts[1]!.idf],
    ]);
  });

  test('refuses what a caller must never ask', () => {
    expect(() => lexical.search(terms('red'), 0)).toThrow(RangeError);
    expect(() => lexical.search(terms('red'), 1001)).toThrow(RangeError);
    expect(() => lexical.search([{ term: 'red', weight: 0 }], 1)).toThrow(RangeError);
    expect(() => lexical.search([{ term: 'red', weight: Number.NaN }], 1)).toThrow(RangeError);
    expect(() => lexical.score(terms('red'), Uint32Array.of(4))).toThrow(RangeError);
    expect(() => lexical.search(terms('red'), 1, new Uint8Array(2))).toThrow(RangeError);
    expect(() => openLexical(small, 1)).toThrow(RangeError);
  });

  test('an index without passages, or without terms, answers nothing', () => {
    for (const corpus of [[], [[], []]]) {
      expect(openLexical(share(corpus), 0).search(terms('red'), 10).ids).toHaveLength(0);
    }
  });
});

describe('terms', () => {
  test('any string is found again under its own name, and no other', () => {
    const names = fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 12 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(names, fc.string({ unit: 'binary' }), (known, other) => {
        const lexical = openLexical(share(known.map((name) => [name])), 0);
        for (const [id, name] of known.entries()) {
          expect([...lexical.search([{ term: name, weight: 1 }], 10).ids]).toEqual([id]);
        }
        fc.pre(!known.includes(other));
        expect(lexical.search([{ term: other, weight: 1 }], 10).ids).toHaveLength(0);
      }),
      runs(20),
    );
  });
});

describe('slots', () => {
  test('two of one memory give the answers that each gives alone, whatever their turns', () => {
    const corpus = largeCorpus(70_000);
    const shared = share(corpus, 2);
    const one = openLexical(shared, 0);
    const two = openLexical(shared, 1, { simd: false });
    const queries = queriesOver(corpus.length).map(({ query, k, allows }) => ({
      terms: query.map(([term, weight]) => ({ term, weight })),
      mask: allows && Uint8Array.from({ length: Math.ceil(corpus.length / 8) }, (_, at) => (at % 5 === 0 ? 0xa5 : 0)),
      k,
    }));
    const alone = queries.map(({ terms, k, mask }) => one.search(terms, k, mask));
    for (const [at, query] of queries.entries()) {
      const other = queries[(at * 5 + 1) % queries.length]!;
      expect(two.search(query.terms, query.k, query.mask)).toEqual(alone[at]);
      expect(one.search(other.terms, other.k, other.mask)).toEqual(alone[(at * 5 + 1) % queries.length]);
      expect(two.score(query.terms, alone[at]!.ids)).toEqual(alone[at]!.scores);
    }
  });

  test('an index goes to a worker thread by structured clone, and is the same memory there', async () => {
    const body = `
      const { parentPort, workerData } = require('node:worker_threads');
      const { memory, ...rest } = workerData;
      new Uint8Array(memory.buffer)[7] = 42;
      parentPort.postMessage(rest);`;
    const worker = new Worker(body, { eval: true, workerData: small });
    const rest = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    const { memory, ...numbers } = small;
    expect(rest).toEqual(numbers);
    expect(new Uint8Array(memory.buffer)[7]).toBe(42);
  });
});
