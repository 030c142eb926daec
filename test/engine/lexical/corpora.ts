/** Corpora with what hurts: empty and one-term documents, stop words, huge frequencies, ties, several windows. */
import fc from 'fast-check';

export interface Case {
  readonly corpus: string[][];
  readonly k1: number;
  readonly b: number;
  readonly query: readonly (readonly [term: string, weight: number])[];
  readonly k: number;
  readonly allows: ((id: number) => boolean) | null;
}

/** mulberry32: a small seeded source of numbers in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Term t… with ranks skewed as in text: low ranks are in most documents. */
function word(random: () => number, vocabulary: number): string {
  return `t${Math.floor(vocabulary * random() ** 4)}`;
}

function smallCorpus(seed: number, documents: number, vocabulary: number, lengthMax: number): string[][] {
  const random = randomFrom(seed);
  return Array.from({ length: documents }, () => {
    const kind = random();
    if (kind < 0.05) return [];
    if (kind < 0.15) return [word(random, vocabulary)];
    const document = Array.from({ length: 1 + Math.floor(random() * lengthMax) }, () => word(random, vocabulary));
    if (kind < 0.25) document.push('stop');
    if (kind > 0.3) document.push('the');
    if (kind > 0.97) document.push(...Array<string>(Math.floor(random() * 3000)).fill(word(random, vocabulary)));
    return document;
  });
}

const query = (termsMax: number) =>
  fc.array(
    fc.tuple(
      fc.oneof(
        fc.integer({ min: 0, max: 60 }).map((rank) => `t${rank}`),
        fc.constantFrom('the', 'stop', 'unknown', '', '\ud800'),
      ),
      fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5 }), fc.double({ min: 1e-3, max: 1e3, noNaN: true })),
    ),
    { maxLength: termsMax },
  );

/** Any corpus of 1 to 3,000 documents with any query, k and mask. */
export const cases: fc.Arbitrary<Case> = fc
  .record({
    seed: fc.integer(),
    documents: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 3000 })),
    vocabulary: fc.constantFrom(3, 30, 300),
    lengthMax: fc.constantFrom(1, 5, 40),
    k1: fc.constantFrom(0, 0.5, 0.9, 1.2, 3),
    b: fc.constantFrom(0, 0.4, 0.75, 1),
    query: fc.oneof(query(6), query(90)),
    k: fc.oneof(fc.constantFrom(1, 10, 1000), fc.integer({ min: 1, max: 1000 })),
    maskOneIn: fc.constantFrom(0, 1, 2, 50),
  })
  .map(({ seed, documents, vocabulary, lengthMax, maskOneIn, ...rest }) => ({
    ...rest,
    corpus: smallCorpus(seed, documents, vocabulary, lengthMax),
    allows: maskOneIn === 0 ? null : (id: number) => Math.imul(id ^ seed, 0x9e3779b1) >>> 0 < 2 ** 32 / maskOneIn,
  }));

/** Several windows: dense and common terms, and rare ones that skip windows. */
export function largeCorpus(documents: number): string[][] {
  const random = randomFrom(7);
  return Array.from({ length: documents }, (_, id) => {
    if (random() < 0.02) return [];
    const document = Array.from({ length: 2 + Math.floor(random() * 10) }, () => word(random, 20_000));
    if (random() < 0.6) document.push('the');
    if (id > 131_072 && random() < 0.01) document.push('late');
    if (id === 3 || id === 139_000) document.push('twice', 'twice');
    return document;
  });
}

/** Queries for {@link largeCorpus}. */
export function queriesOver(documents: number): Omit<Case, 'corpus' | 'k1' | 'b'>[] {
  const random = randomFrom(11);
  const drawn = Array.from({ length: 12 }, (_, at) => {
    const terms = Array.from({ length: 1 + (at % 6) }, () => [word(random, 20_000), 1] as const);
    return {
      query: terms,
      k: [1, 10, 100, 1000][at % 4]!,
      allows: at % 3 === 2 ? (id: number) => id % 97 === 5 : null,
    };
  });
  return [
    ...drawn,
    { query: [['late', 1] as const, ['twice', 2] as const, ['the', 1] as const], k: 10, allows: null },
    { query: [['twice', 1] as const], k: 1000, allows: null },
    {
      query: [['the', 1] as const, ['t0', 1] as const, ['t1', 1] as const],
      k: 10,
      allows: (id: number) => id >= documents - 5,
    },
  ];
}
