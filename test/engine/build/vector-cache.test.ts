import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VectorCache, vectorKey } from '../../../engine/build/vector-cache.ts';
import { runs } from '../../support/runs.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';

const freshFolder = temporaryFolders();
const DIMENSIONS = 3;
const RECORD_BYTES = 16 + 4 + DIMENSIONS * 4;

const keyOf = (n: number): string => vectorKey(Int32Array.of(n));
const vectorOf = (n: number): Float32Array => Float32Array.of(n, n / 8, -n);

function filled(count: number): string {
  const path = join(freshFolder(), 'vectors', 'model.cache');
  const cache = new VectorCache(path, DIMENSIONS);
  for (let n = 0; n < count; n++) cache.put(keyOf(n), vectorOf(n));
  cache.close();
  return path;
}

/** Which of the first `count` are known, and that what is known is right. */
function known(cache: VectorCache, count: number): number[] {
  return Array.from({ length: count }, (_, n) => n).filter((n) => {
    expect(cache.get(keyOf(n))).toEqual(cache.has(keyOf(n)) ? vectorOf(n) : null);
    return cache.has(keyOf(n));
  });
}

function reopened<T>(path: string, look: (cache: VectorCache) => T): T {
  const cache = new VectorCache(path, DIMENSIONS);
  try {
    return look(cache);
  } finally {
    cache.close();
  }
}

describe('the vector cache', () => {
  it('gives back what was put, now and after it is opened again', () => {
    const vectors = fc.array(fc.float32Array({ minLength: DIMENSIONS, maxLength: DIMENSIONS, noNaN: true }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(vectors, (list) => {
        const path = join(freshFolder(), 'model.cache');
        const cache = new VectorCache(path, DIMENSIONS);
        for (const [n, vector] of list.entries()) cache.put(keyOf(n), vector);
        const read = (one: VectorCache) => list.map((_, n) => one.get(keyOf(n)));
        expect(read(cache)).toEqual(list);
        cache.close();
        expect(reopened(path, read)).toEqual(list);
        expect(reopened(path, ({ size }) => size)).toBe(list.length);
      }),
      runs(12),
    );
  });

  it('gives copies, keeps the first of two under one key, and takes views of larger buffers', () => {
    const path = join(freshFolder(), 'model.cache');
    const cache = new VectorCache(path, DIMENSIONS);
    cache.put(keyOf(1), Float32Array.of(9, 9, 1, 0.125, -1, 9).subarray(2, 5));
    cache.put(keyOf(1), vectorOf(2));
    cache.get(keyOf(1))!.fill(0);
    expect(cache.get(keyOf(1))).toEqual(vectorOf(1));
    expect(statSync(path).size).toBe(RECORD_BYTES);
    cache.close();
  });

  it('holds more than are read at once', () => {
    const path = filled(2500);
    expect(reopened(path, (cache) => [cache.size, cache.get(keyOf(2499))])).toEqual([2500, vectorOf(2499)]);
  });

  it('cut at any byte of its last record keeps all before it, and goes on from there', () => {
    const bytes = readFileSync(filled(4));
    expect(bytes.length).toBe(4 * RECORD_BYTES);
    for (let cut = 3 * RECORD_BYTES; cut < bytes.length; cut++) {
      const path = join(freshFolder(), 'model.cache');
      writeFileSync(path, bytes.subarray(0, cut));
      reopened(path, (cache) => {
        expect(known(cache, 4)).toEqual([0, 1, 2]);
        expect(statSync(path).size).toBe(3 * RECORD_BYTES);
        cache.put(keyOf(7), vectorOf(7));
      });
      expect(reopened(path, (cache) => known(cache, 8))).toEqual([0, 1, 2, 7]);
    }
  });

  it('with any byte flipped believes what stands before it and nothing else', () => {
    const bytes = readFileSync(filled(4));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const path = join(freshFolder(), 'model.cache');
        writeFileSync(path, bytes.with(at, bytes[at]! ^ flip));
        const sound = Math.floor(at / RECORD_BYTES);
        expect(reopened(path, (cache) => known(cache, 4))).toEqual([0, 1, 2, 3].slice(0, sound));
      }),
    );
  });

  it('of one model knows nothing of what another embedded, though the texts are the same', () => {
    const folder = freshFolder();
    const [one, two] = ['a', 'b'].map((name) => new VectorCache(join(folder, `${name}.cache`), DIMENSIONS)) as [
      VectorCache,
      VectorCache,
    ];
    one.put(keyOf(1), vectorOf(1));
    two.put(keyOf(1), vectorOf(2));
    expect([one.get(keyOf(1)), two.get(keyOf(1)), two.has(keyOf(3))]).toEqual([vectorOf(1), vectorOf(2), false]);
    one.close();
    two.close();
  });

  it('written for other dimensions is taken as empty, never as vectors', () => {
    const path = filled(10);
    const cache = new VectorCache(path, DIMENSIONS + 1);
    expect(cache.size).toBe(0);
    cache.close();
  });
});

describe('compacting', () => {
  it('drops what no passage has any more where that frees more than half, and what stays can be read', () => {
    const path = filled(10);
    reopened(path, (cache) => {
      cache.compact(new Set([keyOf(2), keyOf(9), keyOf(99)]));
      expect(known(cache, 10)).toEqual([2, 9]);
      cache.put(keyOf(11), vectorOf(11));
    });
    expect(statSync(path).size).toBe(3 * RECORD_BYTES);
    expect(reopened(path, (cache) => known(cache, 12))).toEqual([2, 9, 11]);
  });

  it('leaves the file alone where it would free less', () => {
    const path = filled(4);
    reopened(path, (cache) => {
      cache.compact(new Set([0, 1].map(keyOf)));
      expect(known(cache, 4)).toEqual([0, 1, 2, 3]);
    });
  });
});

describe('keys', () => {
  it('differ for different tokens and are the same for the same, whatever buffer they lie in', () => {
    fc.assert(
      fc.property(fc.int32Array(), fc.int32Array(), (a, b) => {
        expect(vectorKey(a) === vectorKey(b)).toBe(a.join() === b.join());
        expect(vectorKey(Int32Array.of(5, ...a, 5).subarray(1, a.length + 1))).toBe(vectorKey(a));
      }),
    );
  });
});
