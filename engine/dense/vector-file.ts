/**
 * The vectors of a generation, quantised, in passage order: `vectors.i8`.
 *
 * ```text
 * 0        4        8            12        16      20                    64
 * ├ "WPCV" ┼ format ┼ dimensions ┼ stride  ┼ count ┼ zeros               ┤
 * ├ scales: count × f32, padded to 64 bytes                              ┤   0 = the passage has no vector
 * ├ codes: count × stride × i8                                           ┤
 * ```
 * All numbers little-endian. The header is a whole cache line so that what follows stays aligned in memory.
 */
import { EngineError } from '../errors.ts';
import { quantise, strideOf } from './quantise.ts';

const MAGIC = 0x56_43_50_57; // "WPCV"
const FORMAT = 1;
const HEADER_BYTES = 64;

export interface VectorLayout {
  readonly dimensions: number;
  readonly stride: number;
  readonly count: number;
  /** Byte offsets from the start of the file. */
  readonly scalesAt: number;
  readonly codesAt: number;
  readonly bytes: number;
}

export function vectorLayout(dimensions: number, count: number): VectorLayout {
  const stride = strideOf(dimensions);
  const codesAt = HEADER_BYTES + Math.ceil((count * 4) / 64) * 64;
  return { dimensions, stride, count, scalesAt: HEADER_BYTES, codesAt, bytes: codesAt + count * stride };
}

/** The whole file in the making: vectors are quantised as they come, so that only their codes are held. */
export class VectorFile {
  readonly bytes: Uint8Array;
  readonly #layout: VectorLayout;
  readonly #scales: Float32Array;

  constructor(dimensions: number, count: number) {
    this.#layout = vectorLayout(dimensions, count);
    this.bytes = new Uint8Array(this.#layout.bytes);
    new Uint32Array(this.bytes.buffer, 0, 5).set([MAGIC, FORMAT, dimensions, this.#layout.stride, count]);
    this.#scales = new Float32Array(this.bytes.buffer, this.#layout.scalesAt, count);
  }

  /** A passage that is never set has no vector. */
  set(id: number, vector: Float32Array): void {
    const { codesAt, stride } = this.#layout;
    this.#scales[id] = quantise(vector, new Int8Array(this.bytes.buffer, codesAt + id * stride, stride));
  }

  /** The same vector as another file has it. */
  copy(id: number, { codes, scale }: { readonly codes: Int8Array; readonly scale: number }): void {
    const { codesAt, stride } = this.#layout;
    this.#scales[id] = scale;
    this.bytes.set(new Uint8Array(codes.buffer, codes.byteOffset, stride), codesAt + id * stride);
  }
}

/** Checks the header against the size of the file. */
export function readVectorLayout(header: Uint8Array, fileBytes: number, path: string): VectorLayout {
  const foreign = (expected: string, value: unknown): EngineError =>
    new EngineError('index_foreign', `Cannot open vectors: expected ${expected}, got ${value}: ${path}`, {
      file: path,
      expected,
      value,
      remedy: 'Build the index again: wp-chat index --from SOURCE --into DIRECTORY',
    });
  if (header.length < HEADER_BYTES) throw foreign(`at least ${HEADER_BYTES} bytes`, header.length);
  const [magic, format, dimensions, stride, count] = new Uint32Array(header.slice(0, 20).buffer) as unknown as number[];
  if (magic !== MAGIC) throw foreign('a file that begins with WPCV', new TextDecoder().decode(header.subarray(0, 4)));
  if (format !== FORMAT) throw foreign(`format ${FORMAT}`, format);
  const layout = vectorLayout(dimensions!, count!);
  if (stride !== layout.stride) throw foreign(`a stride of ${layout.stride}`, stride);
  if (layout.bytes !== fileBytes) throw foreign(`${layout.bytes} bytes`, fileBytes);
  return layout;
}
