import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadVectors, VectorFile } from '../../../engine/dense/index.ts';
import { readVectorLayout, vectorLayout } from '../../../engine/dense/vector-file.ts';
import { EngineError } from '../../../engine/errors.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';

const freshFolder = temporaryFolders();
const path = 'vectors.i8';
const file = new VectorFile(20, 3);
file.set(0, new Float32Array(20).fill(0.1));
file.set(
  2,
  Float32Array.from({ length: 20 }, (_, at) => (at % 2 === 0 ? 0.25 : -0.25)),
);

function refusal(act: () => unknown): EngineError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError);
    return error as EngineError;
  }
  throw new Error('Nothing was refused');
}

describe('the vectors file', () => {
  it('has header, scales and codes where its drawing says, aligned for the kernel', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.nat(5000), (dimensions, count) => {
        const layout = vectorLayout(dimensions, count);
        expect(layout.stride % 16).toBe(0);
        expect(layout.stride - dimensions).toBeLessThan(16);
        expect([layout.scalesAt, layout.codesAt % 64]).toEqual([64, 0]);
        expect(layout.codesAt - 64).toBeGreaterThanOrEqual(count * 4);
        expect(layout.bytes).toBe(layout.codesAt + count * layout.stride);
      }),
    );
  });

  it('tells its layout again', () => {
    expect(readVectorLayout(file.bytes.subarray(0, 64), file.bytes.length, path)).toEqual(vectorLayout(20, 3));
  });

  it('holds codes and scales as floats within a step, and 0 as the scale of what was never set', () => {
    const { scalesAt, codesAt, stride } = vectorLayout(20, 3);
    const scales = new Float32Array(file.bytes.buffer, scalesAt, 3);
    expect([...scales]).toEqual([Math.fround(Math.fround(0.1) / 127), 0, Math.fround(0.25 / 127)]);
    const row = new Int8Array(file.bytes.buffer, codesAt + 2 * stride, stride);
    expect([...row.subarray(0, 4)]).toEqual([127, -127, 127, -127]);
    expect(row.subarray(20).every((code) => code === 0)).toBe(true);
  });

  it('is refused when a bit of magic, format, stride or count is not as written, or the size', () => {
    for (let at = 0; at < 20; at++) {
      // Dimensions that share a stride differ in the manifest's checksum only.
      if (at >= 8 && at < 12) continue;
      for (let bit = 0; bit < 8; bit++) {
        const header = file.bytes.slice(0, 64);
        header[at]! ^= 1 << bit;
        const error = refusal(() => readVectorLayout(header, file.bytes.length, path));
        expect([error.code, error.place.file]).toEqual(['index_foreign', path]);
        expect(error.place.remedy).toContain('wp-chat index');
      }
    }
    for (const bytes of [0, 64, file.bytes.length - 1, file.bytes.length + 1]) {
      expect(refusal(() => readVectorLayout(file.bytes.slice(0, 64), bytes, path)).message).toContain(`${bytes}`);
    }
    expect(refusal(() => readVectorLayout(new Uint8Array(63), 63, path)).code).toBe('index_foreign');
  });

  it('is refused on disk when it is cut short anywhere', () => {
    const cut = join(freshFolder(), path);
    for (const bytes of [0, 1, 19, 63, 64, 100, file.bytes.length - 1]) {
      writeFileSync(cut, file.bytes.subarray(0, bytes));
      expect(refusal(() => loadVectors(cut, null, 1)).code).toBe('index_foreign');
    }
  });
});
