import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadVectors, type SharedVectors, VectorFile, Vectors } from '../../../engine/dense/index.ts';
import { quantise, quantiseQuery, strideOf } from '../../../engine/dense/quantise.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';
import { clusteredVectors, unit } from './clustered.ts';

const freshFolder = temporaryFolders();

/** Null: a passage without a vector. */
type Row = Float32Array | null;

function share(rows: readonly Row[], dimensions: number, workersMax = 1): SharedVectors {
  const file = new VectorFile(dimensions, rows.length);
  for (const [id, row] of rows.entries()) if (row !== null) file.set(id, row);
  const path = join(freshFolder(), 'vectors.i8');
  writeFileSync(path, file.bytes);
  return loadVectors(path, null, workersMax);
}

/** Integer sums of the codes, then the kernel's two multiplications in single precision. */
function cosine(row: Row, query: Float32Array): number {
  const codes = new Int8Array(query.length);
  const scale = row === null ? 0 : quantise(row, codes);
  if (scale === 0) return Number.NaN;
  const asked = new Int16Array(strideOf(query.length));
  const factor = quantiseQuery(query, asked);
  const dot = codes.reduce((sum, code, at) => sum + code * asked[at]!, 0);
  return Math.fround(Math.fround(Math.fround(dot) * Math.fround(scale)) * Math.fround(factor));
}

function best(rows: readonly Row[], query: Float32Array, k: number, allows: (id: number) => boolean) {
  const all = rows
    .map((row, id) => ({ id, score: cosine(row, query) }))
    .filter(({ id, score }) => !Number.isNaN(score) && allows(id))
    .sort((a, b) => b.score - a.score || a.id - b.id)
    .slice(0, k);
  return { ids: all.map(({ id }) => id), scores: all.map(({ score }) => score) };
}

const plain = ({ ids, scores }: { ids: Uint32Array; scores: Float32Array }) => ({ ids: [...ids], scores: [...scores] });
const maskOf = (count: number, allows: (id: number) => boolean): Uint8Array => {
  const mask = new Uint8Array(Math.ceil(count / 8));
  for (let id = 0; id < count; id++) if (allows(id)) mask[id >> 3]! |= 1 << (id & 7);
  return mask;
};

const cases = fc.integer({ min: 1, max: 40 }).chain((dimensions) => {
  // Few values, so that there are equal scores.
  const vector = fc
    .array(fc.integer({ min: -2, max: 2 }), { minLength: dimensions, maxLength: dimensions })
    .map((values) => unit(values.some((value) => value !== 0) ? values : values.map(() => 1)));
  return fc.record({
    rows: fc.array(fc.option(vector, { freq: 5 }), { minLength: 1, maxLength: 60 }),
    query: vector,
    allowed: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
    k: fc.integer({ min: 1, max: 70 }),
  });
});

describe('scanning', () => {
  it('finds the k nearest of the allowed, exactly, equal ones by lower id', () => {
    fc.assert(
      fc.property(cases, ({ rows, query, allowed, k }) => {
        const vectors = new Vectors(share(rows, query.length), 0);
        const allows = (id: number): boolean => allowed[id]!;
        expect(plain(vectors.search(query, k, maskOf(rows.length, allows)))).toEqual(best(rows, query, k, allows));
        expect(plain(vectors.searchExactly(query, k))).toEqual(best(rows, query, k, () => true));
      }),
    );
  });

  it('is as exact over many blocks, where the worst of the list so far is the bar', () => {
    const rows: Row[] = clusteredVectors({ count: 9500, dimensions: 24, clusters: 30, seed: 3 });
    for (let id = 0; id < rows.length; id += 7) rows[id] = null;
    const vectors = new Vectors(share(rows, 24), 0);
    for (const at of [1, 4097, 9001]) {
      const query = rows[at]!;
      const odd = (id: number): boolean => id % 2 === 1;
      expect(plain(vectors.search(query, 50, maskOf(rows.length, odd)))).toEqual(best(rows, query, 50, odd));
      expect(plain(vectors.searchExactly(query, 300))).toEqual(best(rows, query, 300, () => true));
    }
  });

  it('without a graph and without a mask finds nothing', () => {
    const vectors = new Vectors(share([null, null], 16), 0);
    expect(vectors.search(new Float32Array(16).fill(0.25), 5, null).ids).toHaveLength(0);
    expect(vectors.searchExactly(new Float32Array(16).fill(0.25), 5).ids).toHaveLength(0);
  });
});

describe('scoring', () => {
  it('gives any passages in any order the score that the scan gives them, and NaN to those without a vector', () => {
    fc.assert(
      fc.property(cases, fc.array(fc.nat(59), { maxLength: 80 }), ({ rows, query }, asked) => {
        const ids = Uint32Array.from(asked.map((id) => id % rows.length));
        const vectors = new Vectors(share(rows, query.length), 0);
        expect([...vectors.score(query, ids)]).toEqual([...ids].map((id) => cosine(rows[id]!, query)));
      }),
    );
  });

  it('takes more ids than fit one call', () => {
    const rows = clusteredVectors({ count: 50, dimensions: 16, clusters: 5, seed: 5 });
    const vectors = new Vectors(share(rows, 16), 0);
    const ids = Uint32Array.from({ length: 20_000 }, (_, at) => (at * 7) % 50);
    const once = rows.map((row) => cosine(row, rows[0]!));
    expect([...vectors.score(rows[0]!, ids)]).toEqual([...ids].map((id) => once[id]!));
  });

  it('says how alike two stored vectors are, and 0 where one is missing', () => {
    const rows: Row[] = [unit([1, 0, 0]), unit([1, 1, 0]), unit([-1, 0, 0]), null];
    const vectors = new Vectors(share(rows, 3), 0);
    expect(vectors.likeness(0, 1)).toBeCloseTo(Math.SQRT1_2, 2);
    expect(vectors.likeness(0, 2)).toBeCloseTo(-1, 5);
    expect(vectors.likeness(0, 0)).toBeCloseTo(1, 5);
    expect(vectors.likeness(0, 3)).toBe(0);
  });
});

describe('slots', () => {
  it('write nowhere but in their own scratch, so that threads can run them at the same time', () => {
    const rows = clusteredVectors({ count: 300, dimensions: 32, clusters: 9, seed: 13 });
    const shared = share(rows, 32, 3);
    const memory = new Uint8Array(shared.memory.buffer);
    for (const slot of [2, 0, 1]) {
      const vectors = new Vectors(shared, slot);
      const from = shared.scratchAt + slot * shared.scratchBytes;
      const outside = (): Buffer => Buffer.concat([memory.slice(0, from), memory.slice(from + shared.scratchBytes)]);
      const before = outside();
      vectors.search(rows[slot]!, 20, new Uint8Array(38).fill(0x5a));
      vectors.searchExactly(rows[slot + 5]!, 300);
      vectors.score(rows[slot + 9]!, new Uint32Array(8192).fill(7));
      expect(outside().equals(before)).toBe(true);
    }
  });

  it('of one memory do not disturb each other, whatever their turns', () => {
    const rows = clusteredVectors({ count: 500, dimensions: 32, clusters: 9, seed: 11 });
    const shared = share(rows, 32, 3);
    const [first, second, third] = [0, 1, 2].map((slot) => new Vectors(shared, slot)) as [Vectors, Vectors, Vectors];
    const even = maskOf(500, (id) => id % 2 === 0);
    const ids = Uint32Array.from(rows.keys());
    const steps: ((vectors: Vectors) => unknown)[] = [
      (vectors) => plain(vectors.search(rows[3]!, 20, even)),
      (vectors) => [...vectors.score(rows[4]!, ids)],
      (vectors) => plain(vectors.searchExactly(rows[5]!, 7)),
      (vectors) =>
        plain(
          vectors.search(
            rows[6]!,
            3,
            maskOf(500, (id) => id > 490),
          ),
        ),
    ];
    const alone = steps.map((step) => step(new Vectors(share(rows, 32), 0)));
    for (let turn = 0; turn < steps.length; turn++) {
      for (const [offset, vectors] of [first, second, third].entries()) {
        const at = (turn + offset) % steps.length;
        expect(steps[at]!(vectors)).toEqual(alone[at]);
      }
    }
  });
});
