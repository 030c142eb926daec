/**
 * What is in a generation, with which models and analysis it was made, and the checksums of every file.
 *
 * `manifest.json` is the manifest with one more key at its end: `checksum`, the sha256 of its JSON without that key and
 * without white space. So the list of checksums is itself checked, wherever the folder is copied.
 *
 * ```text
 * format 1   a sha256 for each file
 * format 2   and `blocks`: a CRC-32 for each 64 KiB of it
 * ```
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { BUILD_REMEDY, damagedError } from './damage.ts';
import { type Disk, isDiskError } from './disk/index.ts';

/** Raised when a file's bytes change meaning; an older reader refuses what it cannot read. */
export const INDEX_FORMAT = 2;
/** Formats that this version opens, the newest last. */
const FORMATS = [1, INDEX_FORMAT] as const;

export const MANIFEST_FILE = 'manifest.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const fileOf1 = z
  .strictObject({ bytes: z.int().nonnegative(), sha256 })
  .transform((file) => ({ ...file, blocks: null }));
const fileOf2 = z.strictObject({
  bytes: z.int().nonnegative(),
  sha256,
  blocks: z.string().regex(/^([0-9a-f]{8})*$/),
});
const model = z.strictObject({ name: z.string(), sha256: z.string(), tokenizerSha256: z.string() });
/** By name within the generation's folder. */
const filesOf = <File extends z.ZodType>(file: File) => z.record(z.string().regex(/^[a-z0-9.-]+$/), file);

const common = {
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
};

const manifestSchema = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal(1), ...common, files: filesOf(fileOf1) }),
  z.strictObject({ format: z.literal(INDEX_FORMAT), ...common, files: filesOf(fileOf2) }),
]);

/** The files of any format have `blocks`, null where the format knows none. */
export type Manifest = Omit<z.infer<typeof manifestSchema>, 'format' | 'files'> & {
  readonly format: (typeof FORMATS)[number];
  readonly files: Record<string, { bytes: number; sha256: string; blocks: string | null }>;
};

export function encodeManifest(manifest: Manifest): Uint8Array {
  const text = JSON.stringify({ ...manifest, checksum: sealOf(manifest) }, null, 2);
  return new TextEncoder().encode(`${text}\n`);
}

/** The same manifest for a copy of the generation under another name. @throws SyntaxError where it is not JSON */
export function renamedManifest(bytes: Uint8Array, generation: string): Uint8Array {
  const { checksum: _, ...content } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const renamed = { ...content, generation };
  return new TextEncoder().encode(`${JSON.stringify({ ...renamed, checksum: sealOf(renamed) }, null, 2)}\n`);
}

/** The checksum at the end of a manifest, by which the pointer names it. */
export const sealOf = (content: object): string => createHash('sha256').update(JSON.stringify(content)).digest('hex');

export interface SealedManifest {
  readonly manifest: Manifest;
  readonly seal: string;
}

/**
 * The manifest in this folder, checked by its own checksum.
 *
 * @throws EngineError index_foreign where it is of a format that is not opened; index_damaged
 */
export function readManifest(disk: Disk, folder: string): SealedManifest {
  const path = join(folder, MANIFEST_FILE);
  const damaged = (expected: string, got: string): EngineError =>
    damagedError(folder, { file: MANIFEST_FILE, block: null, expected, got });
  const json = parse(disk, path, damaged);
  const { checksum: stored, ...content } = json as { checksum?: unknown; format?: unknown };
  if (!FORMATS.some((format) => format === content.format)) throw foreign(path, content.format);
  const seal = sealOf(content);
  if (stored !== seal) throw damaged(`checksum ${seal}`, String(stored));
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return { manifest: parsed.data, seal };
  const { path: field, message } = parsed.error.issues[0]!;
  throw damaged(`a valid ${field.join('.')}`, message);
}

function parse(disk: Disk, path: string, damaged: (expected: string, got: string) => EngineError): object {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(disk.read(path)));
  } catch (error) {
    if (isDiskError(error) && !isDiskError(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EIO')) throw error;
    throw damaged('a manifest in JSON', isDiskError(error, 'ENOENT') ? 'no file' : (error as Error).message);
  }
  if (typeof json !== 'object' || json === null) throw damaged('a manifest in JSON', String(json));
  return json;
}

function foreign(path: string, format: unknown): EngineError {
  const newer = typeof format === 'number' && format > INDEX_FORMAT;
  return new EngineError(
    'index_foreign',
    `Cannot open index: expected format ${FORMATS.join(' or ')}, got ${JSON.stringify(format)}: ${path}`,
    {
      file: path,
      field: 'format',
      expected: String(INDEX_FORMAT),
      value: format,
      remedy: newer ? `Install the version of wp-chat that wrote it, or build it again. ${BUILD_REMEDY}` : BUILD_REMEDY,
    },
  );
}
