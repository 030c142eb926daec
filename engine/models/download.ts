import { type FileHandle, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { digestFile, type FileDigest } from '../checksum.ts';
import { EngineError } from '../errors.ts';

export interface DownloadLimits {
  /** A longer file is refused, whether it says its length or not. */
  readonly bytesMax: number;
  /** Longest silence before the connection is given up, headers included. */
  readonly idleTimeoutMs: number;
  /** Connections to try for one file; each goes on where the last one broke off. */
  readonly attemptsMax: number;
  /** Doubles with every attempt. */
  readonly retryDelayMs: number;
}

export interface DownloadOptions {
  readonly url: string;
  /** Where the bytes gather; what already lies there is gone on with. */
  readonly partial: string;
  /** Null where none is known. */
  readonly sha256: string | null;
  readonly limits: DownloadLimits;
  /** Null total where the server does not say. */
  onProgress(receivedBytes: number, totalBytes: number | null): void;
}

type Attempt = { readonly kind: 'complete' } | { readonly kind: 'again'; readonly cause: unknown };

/**
 * Fetches one file over HTTP and resumes what was broken off with a range request (RFC 9110, section 14). The entity
 * tag of the first answer travels as If-Range, so that two versions of a file are never glued together.
 * @returns the digest of the whole file, which now lies at `partial`.
 * @throws EngineError `source_unreadable` (no network, refusal, attempts used up), `source_refused` (too large),
 * `model_damaged` (the sha256 differs after a download from the first byte on).
 */
export async function download(options: DownloadOptions): Promise<FileDigest> {
  await mkdir(dirname(options.partial), { recursive: true });
  const resumed = (await sizeOf(options.partial)) > 0;
  await fetchAll(options);
  const digest = (await digestFile(options.partial))!;
  if (options.sha256 === null || digest.sha256 === options.sha256) return digest;
  await discard(options.partial);
  // What lay here from an earlier run may have been the fault, so one clean download decides.
  if (resumed) return download(options);
  throw new EngineError('model_damaged', `Cannot use download: sha256 differs: ${options.url}: ${digest.sha256}`, {
    field: 'sha256',
    value: digest.sha256,
    expected: options.sha256,
    remedy: 'The server or a proxy on the way changed the file; try another mirror',
  });
}

/** Removes what was gathered, and its entity tag. */
export async function discard(partial: string): Promise<void> {
  await rm(partial, { force: true });
  await rm(tagFile(partial), { force: true });
}

async function fetchAll(options: DownloadOptions): Promise<void> {
  const { attemptsMax, retryDelayMs } = options.limits;
  for (let attempt = 1; ; attempt++) {
    const result = await fetchOnce(options);
    if (result.kind === 'complete') return;
    if (attempt >= attemptsMax) throw unreachable(options.url, result.cause);
    await delay(retryDelayMs * 2 ** (attempt - 1));
  }
}

async function fetchOnce(options: DownloadOptions): Promise<Attempt> {
  const { url, partial, limits } = options;
  const have = await sizeOf(partial);
  const tag = have > 0 ? await readTag(partial) : null;
  // Without a checksum and without a tag nothing would tell whether the rest belongs to the beginning.
  const from = have > 0 && (tag !== null || options.sha256 !== null) ? have : 0;
  const idle = idleAbort(limits.idleTimeoutMs);
  try {
    const response = await fetch(url, { headers: requestHeaders(from, tag), signal: idle.signal, redirect: 'follow' });
    if (response.status === 416) {
      if (totalOf(response) === from) return { kind: 'complete' };
      await discard(partial);
      return { kind: 'again', cause: new Error('HTTP 416') };
    }
    if (response.status >= 500 || response.status === 429) {
      return { kind: 'again', cause: new Error(`HTTP ${response.status}`) };
    }
    if (response.status !== 200 && response.status !== 206) {
      throw refused(url, response.status);
    }
    const start = response.status === 206 ? rangeStart(response) : 0;
    if (start !== 0 && start !== from) throw refused(url, response.status);
    if (start === 0) await keepTag(partial, response.headers.get('etag'));
    return await receive(options, response, start, idle.touch);
  } catch (error) {
    if (error instanceof EngineError) throw error;
    return { kind: 'again', cause: idle.signal.aborted ? new Error(`silent for ${limits.idleTimeoutMs} ms`) : error };
  } finally {
    idle.stop();
  }
}

async function receive(
  options: DownloadOptions,
  response: Response,
  start: number,
  touch: () => void,
): Promise<Attempt> {
  const length = numberHeader(response, 'content-length');
  const total = totalOf(response) ?? (length === null ? null : start + length);
  if (total !== null && total > options.limits.bytesMax) throw tooLarge(options, total);
  const handle = await open(options.partial, start === 0 ? 'w' : 'r+');
  try {
    const received = await append(handle, { options, response, start, total, touch });
    await handle.sync();
    if (total === null || received === total) return { kind: 'complete' };
    return { kind: 'again', cause: new Error(`ended after ${received} of ${total} bytes`) };
  } finally {
    await handle.close();
  }
}

interface Stream {
  readonly options: DownloadOptions;
  readonly response: Response;
  readonly start: number;
  readonly total: number | null;
  touch(): void;
}

async function append(handle: FileHandle, stream: Stream): Promise<number> {
  let at = stream.start;
  for await (const chunk of stream.response.body ?? []) {
    stream.touch();
    if (at + chunk.byteLength > stream.options.limits.bytesMax) throw tooLarge(stream.options, at + chunk.byteLength);
    for (let done = 0; done < chunk.byteLength; ) {
      done += (await handle.write(chunk, done, chunk.byteLength - done, at + done)).bytesWritten;
    }
    at += chunk.byteLength;
    stream.options.onProgress(at, stream.total);
  }
  return at;
}

/** Compression is refused: ranges count the bytes that travel, and those must be the bytes of the file. */
function requestHeaders(from: number, tag: string | null): Record<string, string> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'wp-chat' };
  if (from === 0) return headers;
  return tag === null
    ? { ...headers, range: `bytes=${from}-` }
    : { ...headers, range: `bytes=${from}-`, 'if-range': tag };
}

/** Aborts when `touch` is not called for that long; `stop` also drops a body that nobody read to its end. */
function idleAbort(timeoutMs: number) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  const stop = () => {
    clearTimeout(timer);
    controller.abort();
  };
  return { signal: controller.signal, touch: () => void timer.refresh(), stop };
}

function rangeStart(response: Response): number {
  const match = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '');
  return match === null ? -1 : Number(match[1]);
}

function totalOf(response: Response): number | null {
  const match = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  return match === null ? null : Number(match[1]);
}

function numberHeader(response: Response, name: string): number | null {
  const value = response.headers.get(name);
  return value !== null && /^\d+$/.test(value) ? Number(value) : null;
}

function tagFile(partial: string): string {
  return `${partial}.etag`;
}

/** Only a strong tag may stand in If-Range (RFC 9110, section 13.1.5). */
async function keepTag(partial: string, tag: string | null): Promise<void> {
  if (tag?.startsWith('"')) await writeFile(tagFile(partial), tag);
  else await rm(tagFile(partial), { force: true });
}

async function readTag(partial: string): Promise<string | null> {
  try {
    return await readFile(tagFile(partial), 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

function refused(url: string, status: number): EngineError {
  return new EngineError('source_unreadable', `Cannot fetch file: HTTP ${status}: ${url}`, { value: status });
}

function unreachable(url: string, cause: unknown): EngineError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const reason =
    inner instanceof Error ? inner.message || String((inner as NodeJS.ErrnoException).code) : String(inner);
  return new EngineError('source_unreadable', `Cannot fetch file: ${reason}: ${url}`, {}, cause);
}

function tooLarge(options: DownloadOptions, bytes: number): EngineError {
  return new EngineError(
    'source_refused',
    `Cannot fetch file: larger than ${options.limits.bytesMax} bytes: ${options.url}: ${bytes}`,
    {
      value: bytes,
      expected: `at most ${options.limits.bytesMax} bytes`,
    },
  );
}
