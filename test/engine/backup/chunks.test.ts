/** Where files are cut: the same bytes in the same places, whatever comes before them. */
import { createCipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_BYTES, chunksOf, cutAt } from '../../../engine/backup/chunks.ts';

/** Noise that is the same everywhere. */
const noise = (bytes: number, seed = 0): Uint8Array =>
  new Uint8Array(createCipheriv('aes-128-ctr', `${seed}`.padStart(16), Buffer.alloc(16)).update(Buffer.alloc(bytes)));

async function cut(bytes: Uint8Array, readMax = Number.POSITIVE_INFINITY): Promise<Uint8Array[]> {
  const read = async (into: Uint8Array, at: number): Promise<number> => {
    const part = bytes.subarray(at, at + Math.min(into.length, readMax));
    into.set(part);
    return part.length;
  };
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf({ bytes: bytes.length, read })) chunks.push(chunk);
  return chunks;
}

const hashes = (chunks: readonly Uint8Array[]): string[] =>
  chunks.map((chunk) => createHash('sha256').update(chunk).digest('hex'));

describe('chunks', () => {
  it('are the file, end to end, and no longer than the longest nor, but for the last, shorter than the shortest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1_500_000 }), fc.nat(9999), async (bytes, seed) => {
        const file = noise(bytes, seed);
        const chunks = await cut(file);
        expect(Buffer.concat(chunks).equals(file)).toBe(true);
        expect(chunks.every(({ length }) => length <= CHUNK_BYTES.max)).toBe(true);
        expect(chunks.slice(0, -1).every(({ length }) => length >= CHUNK_BYTES.min)).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it('are about as long as they should be, and of a file without content as long as they may', async () => {
    const chunks = await cut(noise(16 * 2 ** 20));
    const average = (16 * 2 ** 20) / chunks.length;
    expect(average).toBeGreaterThan(CHUNK_BYTES.normal * 0.75);
    expect(average).toBeLessThan(CHUNK_BYTES.normal * 1.5);
    expect(cutAt(new Uint8Array(10 * CHUNK_BYTES.max))).toBe(CHUNK_BYTES.max);
  });

  it('stay as they were before and after what is put between', async () => {
    const file = noise(4 * 2 ** 20);
    const edited = Buffer.concat([file.subarray(0, 2_000_000), noise(1000, 7), file.subarray(2_000_000)]);
    const before = new Set(hashes(await cut(file)));
    const fresh = hashes(await cut(edited)).filter((hash) => !before.has(hash));
    expect(fresh.length).toBeLessThanOrEqual(3);
  });

  it('stay where they are from one version of the program to the next', async () => {
    expect((await cut(noise(400_000))).map(({ length }) => length)).toEqual(LENGTHS);
  });
});

/** Backups that are kept were cut like this: another cut would store everything anew. */
const LENGTHS: readonly number[] = [19_409, 68_706, 73_057, 82_125, 88_933, 67_770];
