/**
 * A file of named typed arrays, for the columns that every worker reads from one shared buffer.
 *
 * ```text
 * 0        4        8              12                     headBytes (multiple of 64)
 * ├ "WPCS" ┼ format ┼ JSON length  ┼ JSON directory ┼ 0 … ┤ section ┼ 0 … ┤ section ┼ 0 … ┤
 * ```
 * The directory is `[{name, type, at, length}]`: `at` in bytes from the start of the file, a multiple of 64; `length` in
 * elements. All numbers little-endian.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { EngineError } from '../errors.ts';

const MAGIC = 0x53_43_50_57; // "WPCS"
const FORMAT = 1;
const ALIGNMENT = 64;

const TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const;
type TypeName = keyof typeof TYPES;
type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;
export type Sections = Readonly<Record<string, Column>>;

interface Entry {
  readonly name: string;
  readonly type: TypeName;
  readonly at: number;
  readonly length: number;
}

const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const typeOf = (column: Column): TypeName =>
  (Object.keys(TYPES) as TypeName[]).find((name) => column instanceof TYPES[name])!;

export function encodeSections(sections: Sections): Uint8Array {
  const columns = Object.entries(sections);
  // Offsets depend on the directory's length and the directory on the offsets: room for the largest is set aside first.
  const headBytes = aligned(12 + columns.reduce((sum, [name]) => sum + name.length * 4 + 96, 2));
  let at = headBytes;
  const directory = columns.map(([name, column]): Entry => {
    const entry = { name, type: typeOf(column), at, length: column.length };
    at = aligned(at + column.byteLength);
    return entry;
  });
  const file = new Uint8Array(at);
  const json = new TextEncoder().encode(JSON.stringify(directory));
  new Uint32Array(file.buffer, 0, 3).set([MAGIC, FORMAT, json.length]);
  file.set(json, 12);
  directory.forEach((entry, n) => {
    const [, column] = columns[n]!;
    file.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), entry.at);
  });
  return file;
}

/** Reads the whole file into one shared buffer; {@link openSections} makes the views, in any thread. */
export function loadSections(path: string): SharedArrayBuffer {
  const fd = openSync(path, 'r');
  try {
    const shared = new SharedArrayBuffer(fstatSync(fd).size);
    const bytes = new Uint8Array(shared);
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(fd, bytes, at, Math.min(bytes.length - at, 2 ** 30), at);
      if (read === 0) throw damaged(path, `${bytes.length} bytes`, at);
      at += read;
    }
    return shared;
  } finally {
    closeSync(fd);
  }
}

export function openSections(shared: SharedArrayBuffer, path: string): Sections {
  const bytes = new Uint8Array(shared);
  if (bytes.length < 12) throw damaged(path, 'at least 12 bytes', bytes.length);
  const [magic, format, jsonBytes] = new Uint32Array(shared, 0, 3) as unknown as [number, number, number];
  if (magic !== MAGIC || format !== FORMAT) throw damaged(path, `WPCS format ${FORMAT}`, `${magic} ${format}`);
  const directory = JSON.parse(new TextDecoder().decode(bytes.slice(12, 12 + jsonBytes))) as Entry[];
  return Object.fromEntries(directory.map(({ name, type, at, length }) => [name, viewOf(type)(shared, at, length)]));
}

/** The constructors' types are written for unshared buffers only. */
const viewOf =
  (type: TypeName) =>
  (shared: SharedArrayBuffer, at: number, length: number): Column =>
    new (TYPES[type] as unknown as new (buffer: SharedArrayBuffer, at: number, length: number) => Column)(
      shared,
      at,
      length,
    );

const damaged = (path: string, expected: string, value: unknown): EngineError =>
  new EngineError('index_damaged', `Cannot read columns: expected ${expected}, got ${value}: ${path}`, {
    file: path,
    expected,
    value,
    remedy: 'Build the index again: wp-chat index --from SOURCE --into DIRECTORY',
  });
