/**
 * What is in a generation, with which models and analysis it was made, and the checksum of every file.
 *
 * `manifest.json` is the manifest with one more key at its end: `checksum`, the sha256 of its JSON without that key and
 * without white space. So the list of checksums is itself checked, wherever the folder is copied.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Raised when a file's bytes change meaning; an older reader refuses what it cannot read. */
export const INDEX_FORMAT = 2;

const file = z.strictObject({ bytes: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const model = z.strictObject({ name: z.string(), sha256: z.string(), tokenizerSha256: z.string() });

export const manifestSchema = z.strictObject({
  format: z.literal(INDEX_FORMAT),
  generation: z.string(),
  createdAt: z.iso.datetime(),
  source: z.string(),
  counts: z.strictObject({
    posts: z.int().nonnegative(),
    passages: z.int().nonnegative(),
    vectors: z.int().nonnegative(),
    terms: z.int().nonnegative(),
    postings: z.int().nonnegative(),
  }),
  analysis: z.strictObject({ language: z.string(), version: z.int(), unicode: z.string() }),
  bm25: z.strictObject({ k1: z.number(), b: z.number() }),
  embedder: model.extend({ dimensions: z.int().positive(), languages: z.array(z.string()) }).nullable(),
  /** The tokenizer whose ids are stored with each passage. */
  reranker: model.nullable(),
  /** Bytes of a stored token. */
  tokenBytes: z.union([z.literal(2), z.literal(4)]),
  graph: z.strictObject({ connectivity: z.int(), expansionAdd: z.int() }).nullable(),
  /** By name within the generation's folder. */
  files: z.record(z.string().regex(/^[a-z0-9.-]+$/), file),
});

export type Manifest = z.infer<typeof manifestSchema>;

export function encodeManifest(manifest: Manifest): string {
  return `${JSON.stringify({ ...manifest, checksum: checksumOf(manifest) }, null, 2)}\n`;
}

/** Takes the checksum off parsed JSON; the content is what it was made of only where `stored` equals `actual`. */
export function unseal(json: object): { content: object; stored: unknown; actual: string } {
  const { checksum: stored, ...content } = json as { checksum?: unknown };
  return { content, stored, actual: checksumOf(content) };
}

const checksumOf = (content: object): string => createHash('sha256').update(JSON.stringify(content)).digest('hex');
