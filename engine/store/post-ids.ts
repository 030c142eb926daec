/**
 * Here is the id that a source gave a post: which post is it?
 *
 * The CRC-32 of each id in ascending order, and beside it the post's number. Ids themselves are in documents.bin only, so
 * whoever looks one up reads the posts whose hash is right, nearly always one, and compares.
 */
import { crc32 } from 'node:zlib';
import type { PostNo } from '../types.ts';
import type { Sections } from './sections.ts';

export interface PostIds {
  /** Ascending. */
  readonly hash: Uint32Array;
  /** By place in `hash`. */
  readonly post: Uint32Array;
}

/** @param ids by post */
export function postIdSections(ids: readonly string[]): Sections {
  const hashes = Uint32Array.from(ids, (id) => crc32(id));
  const post = Uint32Array.from(hashes.keys()).sort((a, b) => hashes[a]! - hashes[b]! || a - b);
  return { 'ids.hash': post.map((at) => hashes[at]!), 'ids.post': post };
}

export const openPostIds = (sections: Sections): PostIds => ({
  hash: sections['ids.hash'] as Uint32Array,
  post: sections['ids.post'] as Uint32Array,
});

/** The posts whose id has the same hash, ascending; the caller compares the ids. */
export function postsThatMayHave({ hash, post }: PostIds, id: string): PostNo[] {
  const wanted = crc32(id);
  let low = 0;
  let high = hash.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (hash[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (hash[end] === wanted) end += 1;
  return [...post.subarray(low, end)];
}
