/** From a body of JSON lines to operations, each line for itself: one that is not right spoils no other. */
import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';
import type { Operation } from '../../engine/changes/index.ts';
import { documentChangeSchema, documentSchema } from '../../engine/source/index.ts';
import { decode, type Problem, problem, requestInvalid, validate } from '../wire/index.ts';
import { KEY_EXPECTED, KEY_PATTERN } from './conditions.ts';

const conditions = {
  ifVersion: z
    .union([z.int().min(0), z.enum(['absent', 'present'])], {
      error: 'a version, absent or present',
    })
    .optional()
    .describe('Done only where the document has this version, is not there, or is there'),
  ifChanged: z
    .literal(true)
    .optional()
    .describe('Of a put: nothing is done where the document is that already, and it keeps its version'),
  idempotencyKey: z
    .string()
    .regex(KEY_PATTERN, { error: KEY_EXPECTED })
    .optional()
    .describe('Asked again with the same key and content, nothing is done twice'),
};

/** One line. */
export const operationSchema = z
  .strictObject({
    put: documentSchema.optional(),
    patch: documentChangeSchema.optional(),
    delete: z.strictObject({ id: z.string().min(1).max(512) }).optional(),
    ...conditions,
  })
  .refine((line) => Number(!line.put) + Number(!line.patch) + Number(!line.delete) === 2, {
    error: 'one of put, patch and delete',
  })
  .refine(({ put, ifChanged }) => put !== undefined || ifChanged === undefined, {
    path: ['ifChanged'],
    error: 'a put with it',
  });

export interface BulkLine {
  /** 1-based, of the body. */
  readonly line: number;
  readonly asked: { readonly operation: Operation } | { readonly problem: Problem };
}

/** Bytes that are read before whoever else waits has a turn. */
const TURN_BYTES = 128 * 1024;
const LF = 0x0a;
/** What JSON allows around a value, but for the end of a line. */
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d]);

/** Lines with something in them, without their ends. */
export function* linesOf(body: Uint8Array): Iterable<{ readonly line: number; readonly bytes: Uint8Array }> {
  let line = 1;
  for (let from = 0; from < body.length; line++) {
    const found = body.indexOf(LF, from);
    const end = found < 0 ? body.length : found;
    const bytes = body.subarray(from, end);
    if (!bytes.every((byte) => SPACE.has(byte))) yield { line, bytes };
    from = end + 1;
  }
}

/** @param depthMax nesting of a line */
export async function readLines(body: Uint8Array, depthMax: number, requestId: string): Promise<BulkLine[]> {
  const lines: BulkLine[] = [];
  let unread = TURN_BYTES;
  for (const { line, bytes } of linesOf(body)) {
    unread -= bytes.length;
    if (unread < 0) {
      unread = TURN_BYTES;
      await turn();
    }
    lines.push({ line, asked: operationOf(bytes, depthMax, requestId) });
  }
  return lines;
}

function operationOf(bytes: Uint8Array, depthMax: number, requestId: string): BulkLine['asked'] {
  const decoded = decode(bytes, 'json', depthMax);
  if (!decoded.ok) return { problem: problem('body_unreadable', decoded.detail, requestId) };
  const validated = validate(operationSchema, decoded.value);
  if (!validated.ok) return { problem: requestInvalid(validated.faults, requestId) };
  const { put, patch, delete: removed, ifVersion = null, ifChanged, idempotencyKey: key = null } = validated.value;
  if (put !== undefined)
    return { operation: { kind: 'put', document: put, ifVersion, key, ...(ifChanged && { ifChanged }) } };
  if (patch !== undefined) return { operation: { kind: 'patch', ...patch, ifVersion, key } };
  return { operation: { kind: 'delete', id: removed!.id, ifVersion, key } };
}
