import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import * as z from 'zod';
import { EngineError } from '../errors.ts';
import type { SourcePost } from './types.ts';

/**
 * The lines of `posts.jsonl`. The first one is the header; every other one puts a post or deletes one, and the last word on
 * an id holds.
 *
 *     {"format":1,"compactions":0}
 *     {"put":{"id":"7","title":"…",…}}
 *     {"delete":"7"}
 */
export type LogLine =
  | { readonly kind: 'header'; readonly compactions: number }
  | { readonly kind: 'put'; readonly post: SourcePost }
  | { readonly kind: 'delete'; readonly id: string };

const LOG_FORMAT = 1;

const post = z.object({
  id: z.string(),
  title: z.string(),
  html: z.string().nullable(),
  text: z.string().nullable(),
  url: z.string(),
  dateMs: z.number().nullable(),
  modifiedMs: z.number().nullable(),
  author: z.string().nullable(),
  categories: z.array(z.string()),
  tags: z.array(z.string()),
  type: z.string(),
  lang: z.string().nullable(),
});
const header = z.object({ format: z.number().int(), compactions: z.number().int().nonnegative() });
const put = z.object({ put: post });
const deletion = z.object({ delete: z.string() });

/** Null for what no version wrote: a torn or damaged line. */
export function decodeLine(bytes: Buffer, file: string): LogLine | null {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
  const asPut = put.safeParse(value);
  if (asPut.success) return { kind: 'put', post: asPut.data.put };
  const asDeletion = deletion.safeParse(value);
  if (asDeletion.success) return { kind: 'delete', id: asDeletion.data.delete };
  const asHeader = header.safeParse(value);
  if (!asHeader.success) return null;
  if (asHeader.data.format === LOG_FORMAT) return { kind: 'header', compactions: asHeader.data.compactions };
  throw new EngineError(
    'index_foreign',
    `Cannot open the posts: format ${asHeader.data.format} is not ${LOG_FORMAT}: ${file}`,
    { file, value: asHeader.data.format, expected: `format ${LOG_FORMAT}`, remedy: 'Start anew with --replace' },
  );
}

export function encodeHeader(compactions: number): Buffer {
  return Buffer.from(`${JSON.stringify({ format: LOG_FORMAT, compactions })}\n`);
}
/** The keys in one order, whatever object they come from, so that equal posts are equal bytes. */
export function encodePut(value: SourcePost): Buffer {
  return Buffer.from(`${JSON.stringify({ put: post.parse(value) })}\n`);
}
export function encodeDelete(id: string): Buffer {
  return Buffer.from(`${JSON.stringify({ delete: id })}\n`);
}

/** Short digest of a line, to tell a changed post from an unchanged one. */
export function lineDigest(line: Buffer): string {
  return createHash('sha256').update(line).digest('base64').slice(0, 22);
}

/** Reads lines with their offsets, a bounded window at a time; what follows the last line feed is the torn tail. */
export function* readLogLines(fd: number): Iterable<{ line: Buffer; offset: number; torn: boolean }> {
  const window = Buffer.alloc(1024 * 1024);
  let carried: Buffer = Buffer.alloc(0);
  let offset = 0;
  for (let position = 0; ; ) {
    const length = readSync(fd, window, 0, window.length, position);
    if (length === 0) break;
    position += length;
    const bytes = Buffer.concat([carried, window.subarray(0, length)]);
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, from)) {
      yield { line: bytes.subarray(from, end + 1), offset: offset + from, torn: false };
      from = end + 1;
    }
    carried = bytes.subarray(from);
    offset += from;
  }
  if (carried.length > 0) yield { line: carried, offset, torn: true };
}

export function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

/** Makes renames and new files in a folder durable. */
export function fsyncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
