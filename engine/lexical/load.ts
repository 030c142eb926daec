/** Here is an index file: is it whole, and where is it in shared memory? Once a process, in the main thread. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { EngineError } from '../errors.ts';
import * as format from './format.ts';
import { MAGIC } from './image.ts';
import { IMAGE_AT, MASK } from './memory.ts';

const PAGE_BYTES = 65536;
const PAGES_MAX = 65536;
const READ_BYTES = 64 << 20;
const REMEDY = 'run: wp-chat index --from … --into …';

/** A loaded index: plain, and structured-cloneable into worker threads, which then share the one memory. */
export interface SharedLexical {
  readonly memory: WebAssembly.Memory;
  /** Scratch areas, one a worker: slots 0 … workersMax − 1. */
  readonly workersMax: number;
  readonly scratchAt: number;
  readonly scratchBytes: number;
}

export interface LoadOptions {
  /** Workers that will open the index: at least 1. */
  readonly workersMax: number;
}

/**
 * Loads a file, given by path or by its bytes, into a new shared memory with scratch areas for `workersMax` workers.
 *
 * Throws EngineError `index_missing` when there is no such file, `index_foreign` when it is none of this version's
 * files, `index_damaged` when its size, checksum or structure is not what it says.
 */
export function loadLexical(from: string | Uint8Array, { workersMax }: LoadOptions): SharedLexical {
  if (!(Number.isInteger(workersMax) && workersMax >= 1))
    throw new RangeError(`workersMax is a whole number ≥ 1: ${workersMax}`);
  return typeof from === 'string' ? loadPath(from, workersMax) : loadBytes(from, workersMax);
}

function loadPath(path: string, workersMax: number): SharedLexical {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new EngineError('index_missing', `Cannot open index: ${path}`, { file: path, remedy: REMEDY }, cause);
  }
  try {
    const size = fstatSync(file).size;
    return admit({ name: path, size, workersMax }, (into) => {
      for (let at = 0; at < into.length; ) {
        const read = readSync(file, into, at, Math.min(READ_BYTES, into.length - at), at);
        if (read === 0) throw damaged(path, 'bytes', `${into.length} bytes`, at);
        at += read;
      }
    });
  } finally {
    closeSync(file);
  }
}

function loadBytes(bytes: Uint8Array, workersMax: number): SharedLexical {
  return admit({ name: '(bytes)', size: bytes.length, workersMax }, (into) => into.set(bytes.subarray(0, into.length)));
}

interface Incoming {
  readonly name: string;
  readonly size: number;
  readonly workersMax: number;
}

function admit({ name, size, workersMax }: Incoming, read: (into: Uint8Array) => void): SharedLexical {
  if (size < format.HEADER_BYTES) throw damaged(name, 'bytes', `at least ${format.HEADER_BYTES} bytes`, size);
  const header = new Uint8Array(format.HEADER_BYTES);
  read(header);
  const view = new DataView(header.buffer);
  checkHeader(name, size, view);
  const documents = view.getUint32(format.HEADER_DOCUMENTS, true);
  const scratchAt = roundUp(IMAGE_AT + size, 64);
  const scratchBytes = roundUp(MASK + Math.ceil(documents / 8) + format.PADDING_BYTES, 128);
  const pages = Math.ceil((scratchAt + scratchBytes * workersMax) / PAGE_BYTES);
  if (pages > PAGES_MAX) {
    const detail = `Cannot open index: it and ${workersMax} workers need more than 4 GiB: ${name}`;
    throw new EngineError('index_foreign', detail, {
      file: name,
      value: size,
      remedy: 'Use fewer workers or split the index',
    });
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const image = new Uint8Array(memory.buffer, IMAGE_AT, size);
  read(image);
  const stored = new DataView(memory.buffer, IMAGE_AT).getUint32(format.HEADER_CHECKSUM, true);
  const computed = crc32(image.subarray(format.HEADER_CHECKSUM + 4));
  if (computed !== stored) throw damaged(name, 'checksum', hex(stored), hex(computed));
  return { memory, workersMax, scratchAt, scratchBytes };
}

function checkHeader(name: string, size: number, view: DataView): void {
  const magic = String.fromCharCode(...new Uint8Array(view.buffer, 0, MAGIC.length));
  if (magic !== MAGIC) throw foreign(name, 'magic', JSON.stringify(MAGIC), JSON.stringify(magic));
  const version = view.getUint32(format.HEADER_VERSION, true);
  if (version !== format.FORMAT_VERSION) throw foreign(name, 'version', `${format.FORMAT_VERSION}`, version);
  const bytes = view.getFloat64(format.HEADER_TOTAL_BYTES, true);
  if (bytes !== size) throw damaged(name, 'bytes', `${bytes} bytes`, size);
  let end: number = format.HEADER_BYTES;
  for (let at = format.HEADER_SLOTS_AT; at <= format.HEADER_TERMS_AT; at += 4) {
    const section = view.getUint32(at, true);
    if (section < end || section > size)
      throw damaged(name, `section ${at}`, `an offset from ${end} to ${size}`, section);
    end = section;
  }
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}

function foreign(file: string, field: string, expected: string, value: unknown): EngineError {
  const detail = `Cannot open index: ${field} is not ${expected}: ${value}: ${file}`;
  return new EngineError('index_foreign', detail, { file, field, expected, value, remedy: REMEDY });
}

function damaged(file: string, field: string, expected: string, value: unknown): EngineError {
  const detail = `Cannot open index: ${field} should be ${expected}: ${value}: ${file}`;
  return new EngineError('index_damaged', detail, { file, field, expected, value, remedy: REMEDY });
}
