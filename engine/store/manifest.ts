/**
 * What is in a generation, with which models and analysis it was made, and the checksums of every file.
 *
 * `manifest.json` is the manifest with one more key at its end: `checksum`, the sha256 of its JSON without that key and
 * without white space. So the list of checksums is itself checked, wherever the folder is copied. That holds of every format:
 * a digit of `format` that was damaged is told from a manifest that another version wrote.
 *
 * ```text
 * format 1   a sha256 for each file
 * format 2   and `blocks`: a CRC-32 for each 64 KiB of it. Documents and tokens lie in compressed blocks: see record-file.ts
 * ```
 */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { BUILD_REMEDY, damagedError } from './damage.ts';
import { type Disk, isDiskError } from './disk/index.ts';

/** Raised when a file's bytes change meaning; an older reader refuses what it cannot read. */
export const INDEX_FORMAT = 2;

export const MANIFEST_FILE = 'manifest.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const file = z.strictObject({
  bytes: z.int().nonnegative(),
  sha256,
  /** CRC-32 of each block, eight hexadecimal digits each. */
  blocks: z.string().regex(/^([0-9a-f]{8})*$/),
});
const model = z.strictObject({ name: z.string(), sha256: z.string(), tokenizerSha256: z.string() });

const manifestSchema = z.strictObject({
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
  /**
   * Up to which sequence of which journal the changes are in it; see engine/journal. Not there where no journal was: then all
   * that a journal holds came later.
   */
  journal: z
    .strictObject({ history: z.string().regex(/^[0-9a-f]{16}$/), sequence: z.int().nonnegative() })
    .exactOptional(),
  /** By name within the generation's folder. */
  files: z.record(z.string().regex(/^[a-z0-9.-]+$/), file),
});

export type Manifest = z.infer<typeof manifestSchema>;

export function encodeManifest(manifest: Manifest): Uint8Array {
  const text = JSON.stringify({ ...manifest, checksum: sealOf(manifest) }, null, 2);
  return new TextEncoder().encode(`${text}\n`);
}

/** The same manifest for a copy of the generation under another name, with another journal. @throws SyntaxError where it is not JSON */
export function renamedManifest(bytes: Uint8Array, other: Pick<Manifest, 'generation' | 'journal'>): Uint8Array {
  const { checksum: _, ...content } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const renamed = { ...content, ...other };
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
  const { checksum: stored, ...content } = json as { checksum?: unknown; format?: unknown; source?: unknown };
  const seal = sealOf(content);
  if (stored !== seal) throw damaged(`checksum ${seal}`, String(stored));
  if (content.format !== INDEX_FORMAT) throw foreign(path, content);
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

/** The remedy is the very command: an index is migrated by building it again from its source. */
function foreign(path: string, { format, source }: { format?: unknown; source?: unknown }): EngineError {
  const index = dirname(dirname(dirname(path)));
  const migrate = typeof source === 'string' ? `wp-chat index --from ${source} --into ${index}` : null;
  const build = migrate === null ? BUILD_REMEDY : `Build it again: ${migrate}`;
  const newer = typeof format === 'number' && format > INDEX_FORMAT;
  return new EngineError(
    'index_foreign',
    `Cannot open index: expected format ${INDEX_FORMAT}, got ${JSON.stringify(format)}: ${path}`,
    {
      file: path,
      field: 'format',
      expected: String(INDEX_FORMAT),
      value: format,
      remedy: newer ? `Install the version of wp-chat that wrote it. Or: ${build}` : build,
    },
  );
}
