import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { EngineError } from '../../errors.ts';

const SNIFF_BYTES = 64 * 1024;

/** What a file holds, by its first character after byte order mark and white space; null when it is neither. */
export function sniffFile(path: string): 'wxr' | 'jsonl' | null {
  const text = decompressed(readStart(path))
    .toString('utf8')
    .replace(/^\uFEFF/u, '')
    .trimStart();
  if (text.startsWith('<')) return 'wxr';
  return text.startsWith('{') ? 'jsonl' : null;
}

function readStart(path: string): Buffer {
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    const start = Buffer.alloc(SNIFF_BYTES);
    return start.subarray(0, readSync(file, start, 0, SNIFF_BYTES, 0));
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    if (file !== null) closeSync(file);
  }
}

function isGzip(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

function decompressed(start: Buffer): Buffer {
  if (!isGzip(start)) return start;
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, SNIFF_BYTES);
  } catch {
    return Buffer.alloc(0);
  }
}

/**
 * The bytes of a file or stream, gunzipped when they begin like gzip, whatever the name says.
 *
 * @throws EngineError source_unreadable (from the iteration) when reading or decompressing fails
 */
export async function* readInput(
  input: string | Readable,
  name: string,
  signal: AbortSignal | null,
): AsyncGenerator<Buffer> {
  const raw = typeof input === 'string' ? createReadStream(input) : input;
  const iterator = raw[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  try {
    const first = await iterator.next();
    const start = first.done === true ? Buffer.alloc(0) : Buffer.from(first.value as Buffer);
    const rest = chain(start, iterator);
    const bytes: AsyncIterable<Buffer> = isGzip(start) ? pipeline(Readable.from(rest), createGunzip(), () => {}) : rest;
    for await (const part of bytes) {
      signal?.throwIfAborted();
      yield part;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw unreadable(name, error);
  } finally {
    if (typeof input === 'string') raw.destroy();
  }
}

async function* chain(start: Buffer, rest: AsyncIterator<Buffer | string>): AsyncGenerator<Buffer> {
  yield start;
  for (let next = await rest.next(); next.done !== true; next = await rest.next())
    yield Buffer.from(next.value as Buffer);
}

function unreadable(name: string, error: unknown): EngineError {
  const reason = error instanceof Error ? error.message : String(error);
  return new EngineError('source_unreadable', `Cannot read the source file: ${reason}: ${name}`, { file: name }, error);
}
