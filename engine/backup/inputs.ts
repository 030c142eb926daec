/** What is stored of the disk: whole files, their first so many bytes, and what was made in memory. */
import type { Disk } from '../store/disk/index.ts';
import type { Chunked } from './chunks.ts';

/** Of a file that others may lengthen: what there was when it was looked at. */
export async function withFile<Result>(
  disk: Disk,
  { path, bytesMax = Infinity }: { readonly path: string; readonly bytesMax?: number },
  use: (input: Chunked) => Promise<Result>,
): Promise<Result> {
  const input = await disk.openInput(path);
  try {
    const bytes = Math.min(input.bytes, bytesMax);
    const read: Chunked['read'] = (into, at) => input.read(into.subarray(0, Math.max(0, bytes - at)), at);
    return await use({ bytes, read });
  } finally {
    await input.close();
  }
}

export const inputOf = (bytes: Uint8Array): Chunked => ({
  bytes: bytes.length,
  read: async (into, at) => {
    const part = bytes.subarray(at, at + into.length);
    into.set(part);
    return part.length;
  },
});
