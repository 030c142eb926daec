/**
 * How does a change lie in the journal?
 *
 * ```text
 * change   kind u8: 1 put, 2 delete │ effect u8: 0 created, 1 updated, 2 deleted │ wall clock f64, ms since the epoch
 *          │ bytes of the key u16, 0 for none │ key │ digest 16 bytes where there is a key │ bytes of the id u16 │ id
 *          │ the document in JSON, to the end; nothing of a delete
 * keys     3 u8 │ JSON: keys whose changes are no longer in the journal
 * ```
 * All little-endian, texts in UTF-8. A patch is written as the document that it led to, so each record stands for itself. The
 * version is the record's sequence in the journal.
 */
import { EngineError } from '../errors.ts';
import type { Effect } from './operation.ts';

export const DIGEST_BYTES = 16;
const TEXT_BYTES_MAX = 0xffff;
const EFFECTS: readonly Effect[] = ['created', 'updated', 'deleted'];

export interface ChangeRecord {
  readonly kind: 'change';
  readonly effect: Effect;
  readonly wallMs: number;
  readonly key: { readonly name: string; readonly digest: string } | null;
  readonly id: string;
  /** JSON; null of a deleted one. */
  readonly document: Uint8Array | null;
}

export interface CarriedKey {
  readonly name: string;
  /** Hexadecimal. */
  readonly digest: string;
  readonly effect: Effect;
  readonly version: number;
  readonly wallMs: number;
}

export interface KeysRecord {
  readonly kind: 'keys';
  readonly keys: readonly CarriedKey[];
}

const PUT = 1;
const DELETE = 2;
const KEYS = 3;

export function encodeChange({ effect, wallMs, key, id, document }: Omit<ChangeRecord, 'kind'>): Buffer {
  const name = Buffer.from(key?.name ?? '');
  const idBytes = Buffer.from(id);
  if (Math.max(name.length, idBytes.length) > TEXT_BYTES_MAX) throw new RangeError(`Too long for a record: ${id}`);
  const head = Buffer.alloc(12);
  head[0] = document === null ? DELETE : PUT;
  head[1] = EFFECTS.indexOf(effect);
  head.writeDoubleLE(wallMs, 2);
  head.writeUInt16LE(name.length, 10);
  const digest = Buffer.from(key?.digest ?? '', 'hex');
  const idLength = Buffer.alloc(2);
  idLength.writeUInt16LE(idBytes.length);
  return Buffer.concat([head, name, digest, idLength, idBytes, document ?? new Uint8Array(0)]);
}

export const encodeKeys = (keys: readonly CarriedKey[]): Buffer =>
  Buffer.concat([Buffer.of(KEYS), Buffer.from(JSON.stringify(keys))]);

/**
 * The document is a copy.
 *
 * @throws EngineError index_foreign for what no version up to this one writes: the journal's checksums say that it was written so
 */
export function decodeRecord(record: Uint8Array): ChangeRecord | KeysRecord {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
  try {
    if (bytes[0] === KEYS) return { kind: 'keys', keys: JSON.parse(bytes.toString('utf8', 1)) as CarriedKey[] };
    if (bytes[0] === PUT || bytes[0] === DELETE) return decodeChange(bytes);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
  }
  throw new EngineError('index_foreign', `Cannot read a change in the journal: its kind is not known: ${bytes[0]}`, {
    value: bytes[0],
    expected: 'a change as this version writes it',
    remedy: 'Install the version of wp-chat that wrote it',
  });
}

function decodeChange(bytes: Buffer): ChangeRecord {
  const effect = EFFECTS[bytes.readUInt8(1)];
  if (effect === undefined) throw new RangeError('No such effect');
  const nameEnd = 12 + bytes.readUInt16LE(10);
  const digestEnd = nameEnd === 12 ? nameEnd : nameEnd + DIGEST_BYTES;
  const idEnd = digestEnd + 2 + bytes.readUInt16LE(digestEnd);
  if (idEnd > bytes.length) throw new RangeError('Too short');
  const name = bytes.toString('utf8', 12, nameEnd);
  return {
    kind: 'change',
    effect,
    wallMs: bytes.readDoubleLE(2),
    key: name === '' ? null : { name, digest: bytes.toString('hex', nameEnd, digestEnd) },
    id: bytes.toString('utf8', digestEnd + 2, idEnd),
    document: bytes[0] === DELETE ? null : Uint8Array.from(bytes.subarray(idEnd)),
  };
}
