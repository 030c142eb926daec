/**
 * What is a line of the audit log, and what holds it to the line before?
 *
 * ```text
 * hash = SHA-256(prev ‖ canonical JSON of the entry without prev and hash)        hexadecimal; prev of the first line is 64 zeros
 * ```
 * Canonical: members sorted, no space (RFC 8785 as far as such values need it). A line is the canonical JSON of the whole entry, so
 * that an edit that means the same is an edit, too. Who can write the file can make a new chain from any line on; that the
 * head of it was another is known to whoever was told the head before.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Json } from './redact.ts';

const OUTCOMES = ['done', 'refused', 'failed'] as const;

export const entrySchema = z.strictObject({
  seq: z.int().min(1),
  /** ISO 8601. */
  time: z.string(),
  /** A key's id, `loopback`, or `wp-chat` for what it did by itself; '' where nobody was told apart. */
  actor: z.string(),
  address: z.string(),
  action: z.string(),
  parameters: z.record(z.string(), z.json()),
  outcome: z.enum(OUTCOMES),
  /** Why it was refused or failed, as a stable code; '' where it was done. */
  code: z.string(),
  /** How many such acts the line stands for: of many refusals that are alike only some are written. */
  count: z.int().min(1),
  prev: z.string(),
  hash: z.string(),
});
export type AuditEntry = Readonly<z.infer<typeof entrySchema>>;

export interface Head {
  readonly seq: number;
  readonly hash: string;
}

/** Of a log without a line. */
export const GENESIS: Head = { seq: 0, hash: '0'.repeat(64) };

/** What was done, by whom. */
export interface AuditAct {
  readonly actor: string;
  readonly address: string;
  /** Such as `cache.clear`. */
  readonly action: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly outcome: (typeof OUTCOMES)[number];
  readonly code: string;
}

export function sealed(entry: Omit<AuditEntry, 'seq' | 'prev' | 'hash'>, before: Head): AuditEntry {
  const numbered = { ...entry, seq: before.seq + 1 };
  return { ...numbered, prev: before.hash, hash: hashOf(numbered, before.hash) };
}

/** Whether it is what was sealed; says nothing of the line before. */
export function isSound({ prev, hash, ...entry }: AuditEntry): boolean {
  return hash === hashOf(entry, prev);
}

const hashOf = (entry: Omit<AuditEntry, 'prev' | 'hash'>, prev: string): string =>
  createHash('sha256').update(prev).update(canonical(entry)).digest('hex');

/** With the line feed at its end. */
export const encodeEntry = (entry: AuditEntry): Buffer => Buffer.from(`${canonical(entry)}\n`);

/** Null where the line is not what we write. @param line without its line feed */
export function decodeEntry(line: Buffer): AuditEntry | null {
  const text = line.toString('utf8');
  const parsed = entrySchema.safeParse(jsonOf(text));
  if (!parsed.success || !Buffer.from(canonical(parsed.data)).equals(line)) return null;
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Members by their names' UTF-16 code units, as RFC 8785 sorts them. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
