/**
 * Which vectors need not be computed again when a post is written anew? A vector depends on nothing but title, headings and text of
 * its passage, so a passage that stays as it was keeps it: an edit of one paragraph embeds one passage.
 */
import type { ChangedPost } from './delta/index.ts';
import type { CodedVector, StoredVectors } from './dense/index.ts';
import { passageKey } from './passage-text.ts';
import type { StoredPosts } from './stored-posts.ts';

/** By {@link passageKey}. */
export type KnownVectors = ReadonlyMap<string, CodedVector>;

/** Those of a post that changed before. */
export function changedVectors({ record: { title }, passages }: ChangedPost): KnownVectors {
  const known = new Map<string, CodedVector>();
  for (const { text, headingPath, vector } of passages) {
    if (vector !== null) known.set(passageKey({ title, headingPath, text }), vector);
  }
  return known;
}

/** Those of a post of a generation, as copies; none where there is no such post. @throws EngineError index_damaged */
export function storedVectors(posts: StoredPosts, vectors: StoredVectors, id: string): KnownVectors {
  const known = new Map<string, CodedVector>();
  const number = posts.numberOf(id);
  if (number === null) return known;
  const { firstPassage } = posts.columns;
  const { title } = posts.post(number);
  for (let passage = firstPassage[number]!; passage < firstPassage[number + 1]!; passage++) {
    const { codes, scale } = vectors.stored(passage);
    if (scale === 0) continue;
    const { text, headingPath } = posts.passage(passage);
    known.set(passageKey({ title, headingPath, text }), { codes: Int8Array.from(codes), scale });
  }
  return known;
}
