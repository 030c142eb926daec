/**
 * What is in one backup? A manifest that says of which objects each file is made; sealed, as a generation's own is, with the sha256
 * of its JSON without that key and without white space.
 *
 * ```text
 * format 1   a generation
 * format 2   and the journal behind it, the posts of the source, and which models the index needs
 * ```
 * Format 1 is read as a backup without those.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { snapshotName } from './names.ts';

export const SNAPSHOT_FORMAT = 2;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.int().nonnegative();
const storedFile = z.strictObject({
  bytes,
  /** Of the whole file. */
  sha256,
  /** Its pieces in order: sha256 and length of each. */
  objects: z.array(z.tuple([sha256, bytes])),
});

const probes = z.strictObject({
  /** Words that were asked for, and the posts that came, best first. */
  titles: z.array(z.strictObject({ query: z.string(), post: z.string(), found: z.array(z.string()) })),
  /** Passages whose own vector was asked for, and the passages that came; empty without vectors. */
  vectors: z.array(z.strictObject({ passage: z.int(), found: z.array(z.int()) })),
});
export type Probes = z.infer<typeof probes>;

const files = z.record(z.string().regex(/^[a-z0-9.-]+$/), storedFile);
const model = z.strictObject({ name: z.string(), sha256: z.string(), tokenizerSha256: z.string() }).nullable();

const firstSchema = z.strictObject({
  format: z.literal(1),
  id: z.string(),
  createdAt: z.iso.datetime(),
  /** Of the index that was backed up: its name, when it was built, from where. */
  generation: z.strictObject({
    name: z.string(),
    format: z.int(),
    createdAt: z.iso.datetime(),
    source: z.string(),
    counts: z.strictObject({ posts: bytes, passages: bytes, vectors: bytes, terms: bytes, postings: bytes }),
  }),
  /** Changes of the journal up to here are in it; null where the generation is all there was. */
  journalUpTo: z.int().nonnegative().nullable(),
  /** By name in the generation's folder, its manifest among them. */
  files,
  /** What is in it, post by post, changes of the journal included; see documents.ts. */
  documents: storedFile,
  probes,
  /** Of all files; and what was not there yet and had to be written. */
  totals: z.strictObject({ bytes, objects: bytes, bytesAdded: bytes, objectsAdded: bytes }),
});

const snapshotSchema = firstSchema.extend({
  format: z.literal(SNAPSHOT_FORMAT),
  /** Null where there was none. */
  journal: z
    .strictObject({
      history: z.string().regex(/^[0-9a-f]{16}$/),
      /** Records in it, and posts that they made other than the generation has them. */
      records: bytes,
      changed: bytes,
      /** What was damaged in it when it was backed up, in words: it is copied as it was. */
      damage: z.array(z.string()),
      /** Its segments by name. */
      files,
    })
    .nullable(),
  /** By name in the folder of the source's posts; empty where the index was built of none. */
  source: files,
  /** They are not in it: what must be there for the index to answer as it did. Null of one that took no part; null in format 1. */
  models: z.strictObject({ embedder: model, reranker: model }).nullable(),
  /** The last line of the audit log when it was made, by a server that keeps one: what is changed before it is found by this. */
  audit: z.strictObject({ seq: bytes, hash: sha256 }).optional(),
});

/** Of format 1 the list of documents is another, see documents.ts. */
export type Snapshot = Omit<z.infer<typeof snapshotSchema>, 'format'> & { readonly format: 1 | typeof SNAPSHOT_FORMAT };
export type StoredFile = z.infer<typeof storedFile>;

const sealOf = (content: object): string => createHash('sha256').update(JSON.stringify(content)).digest('hex');

export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ ...snapshot, checksum: sealOf(snapshot) }));
}

/** @throws EngineError backup_damaged */
export function decodeSnapshot(id: string, bytes: Uint8Array): Snapshot {
  const damaged = (expected: string, got: string): EngineError =>
    new EngineError('backup_damaged', `Cannot read backup ${id}: expected ${expected}, got ${got}`, {
      file: snapshotName(id),
      expected,
      value: got,
      remedy: `Use another one (wp-chat backup list), and delete this one: wp-chat backup delete ${id}`,
    });
  let json: { checksum?: unknown; format?: unknown };
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as typeof json;
  } catch (error) {
    throw damaged('a manifest in JSON', (error as Error).message);
  }
  if (typeof json !== 'object' || json === null) throw damaged('a manifest in JSON', String(json));
  const { checksum, ...content } = json;
  const seal = sealOf(content);
  if (checksum !== seal) throw damaged(`checksum ${seal}`, String(checksum));
  const snapshot = parsed(content);
  if (snapshot === null) throw damaged(`format ${SNAPSHOT_FORMAT}`, `format ${JSON.stringify(content.format)}`);
  if (snapshot.id !== id) throw damaged(`the manifest of ${id}`, snapshot.id);
  return snapshot;
}

/** Null where it is of no format that is known. */
function parsed(content: { readonly format?: unknown }): Snapshot | null {
  if (content.format !== 1) return snapshotSchema.safeParse(content).data ?? null;
  const first = firstSchema.safeParse(content).data;
  if (first === undefined) return null;
  return { ...first, journal: null, source: {}, models: null };
}

type Stored = Pick<Snapshot, 'files' | 'documents' | 'source'> & {
  readonly journal: Pick<NonNullable<Snapshot['journal']>, 'files'> | null;
};

/** Every object of a backup once, with its length. */
export function objectsOf({ files, documents, journal, source }: Stored): Map<string, number> {
  const all = [files, journal?.files ?? {}, source].flatMap((each) => Object.values(each));
  return new Map([...all, documents].flatMap(({ objects }) => objects));
}
