/**
 * How does an answer lie on the disk, and is it still what was written?
 *
 * ```
 * ┌──────┬────────────┬─────────────────────┬───────────┬──────┬──────┐
 * │ WPC1 │ length u32 │ sha256, 16 bytes of │ meta u32  │ JSON │ head │     numbers little-endian
 * └──────┴────────────┴─────────────────────┴───────────┴──────┴──────┘
 *                                            └───── length bytes ─────┘
 * ```
 *
 * What does not match its length and checksum is skipped, and reading goes on at the next mark: a write that was cut short, a
 * flipped bit or a hole costs the records that it hit.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Degradation } from '../../engine/types.ts';
import { RERANK_USES } from '../../ops/index.ts';
import type { Answer } from './answer.ts';

export interface SpillRecord {
  /** What the answer depends on beside the question: generation, settings, version. */
  readonly scope: string;
  readonly key: string;
  /** When it was had, milliseconds since the epoch. */
  readonly wallMs: number;
  readonly answer: Answer;
}

const MARK = Buffer.from('WPC1');
const SUM_AT = 8;
const SUM_BYTES = 16;
const PAYLOAD_AT = SUM_AT + SUM_BYTES;

const metaSchema = z.strictObject({
  scope: z.string(),
  key: z.string(),
  wallMs: z.number(),
  format: z.enum(['json', 'msgpack']),
  etag: z.string(),
  generation: z.string(),
  facts: z.strictObject({
    rerank: z.enum(RERANK_USES),
    degraded: z.array(z.custom<Degradation>((value) => typeof value === 'string')),
    empty: z.boolean(),
    variants: z.array(z.string()),
  }),
});

const sumOf = (payload: Uint8Array): Buffer => createHash('sha256').update(payload).digest().subarray(0, SUM_BYTES);

export function recordBytes({ answer: { head, ...rest }, ...place }: SpillRecord): Buffer {
  const meta = Buffer.from(JSON.stringify({ ...place, ...rest }));
  const bytes = Buffer.allocUnsafe(PAYLOAD_AT + 4 + meta.length + head.length);
  MARK.copy(bytes);
  bytes.writeUInt32LE(bytes.length - PAYLOAD_AT, MARK.length);
  bytes.writeUInt32LE(meta.length, PAYLOAD_AT);
  meta.copy(bytes, PAYLOAD_AT + 4);
  head.copy(bytes, PAYLOAD_AT + 4 + meta.length);
  sumOf(bytes.subarray(PAYLOAD_AT)).copy(bytes, SUM_AT);
  return bytes;
}

/** Every record that is whole, in order. @param torn told of each stretch that is not one */
export function* recordsIn(bytes: Buffer, torn: () => void): Generator<SpillRecord> {
  let at = 0;
  let whole = true;
  while (at < bytes.length) {
    const record = recordAt(bytes, at);
    if (record !== null) {
      yield record.value;
      at = record.end;
      whole = true;
      continue;
    }
    if (whole) torn();
    whole = false;
    const next = bytes.indexOf(MARK, at + 1);
    at = next < 0 ? bytes.length : next;
  }
}

function recordAt(bytes: Buffer, at: number): { value: SpillRecord; end: number } | null {
  const start = at + PAYLOAD_AT;
  if (start + 4 > bytes.length || bytes.compare(MARK, 0, MARK.length, at, at + MARK.length) !== 0) return null;
  const end = start + bytes.readUInt32LE(at + MARK.length);
  if (end > bytes.length || end < start + 4) return null;
  const payload = bytes.subarray(start, end);
  if (!sumOf(payload).equals(bytes.subarray(at + SUM_AT, start))) return null;
  const value = recordOf(payload);
  return value === null ? null : { value, end };
}

/** Null where the checksum is right and the rest is not ours: another version wrote it. */
function recordOf(payload: Buffer): SpillRecord | null {
  const headAt = 4 + payload.readUInt32LE(0);
  if (headAt > payload.length) return null;
  let meta: unknown;
  try {
    meta = JSON.parse(payload.toString('utf8', 4, headAt));
  } catch {
    return null;
  }
  const parsed = metaSchema.safeParse(meta);
  if (!parsed.success) return null;
  const { scope, key, wallMs, ...rest } = parsed.data;
  // A copy: the rest of the file is let go.
  return { scope, key, wallMs, answer: { ...rest, head: Buffer.from(payload.subarray(headAt)) } };
}
