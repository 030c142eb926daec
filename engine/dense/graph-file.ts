/**
 * What is in the graph's file? Read without the library that wrote it, since that ends the process on a file that is cut short.
 *
 * ```text
 * rows u32 │ bytes of a row u32 │ rows                                       the vectors
 * "usearch" │ version 3 × u16 │ kinds 4 × u8 │ present, deleted, dimensions u64 │ 0 … to 64 bytes
 * size, connectivity, connectivity at the base, highest level, entry: u64
 * level i16 of each node
 * nodes: key u64 │ level i16 │ links u32, room for connectivity at the base × u32 │ for each level above: links u32, room × u32
 * ```
 * All numbers little-endian; the layout of usearch 2 with keys of 64 bits and slots of 32 (index_dense.hpp, index.hpp).
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MATRIX_HEAD_BYTES = 8;
const HEAD_BYTES = 64;
const HEADER_BYTES = 40;
const NODE_HEAD_BYTES = 10;
const READ_BYTES = 2 ** 30;

export class GraphFile {
  readonly size: number;
  readonly dimensions: number;
  /** The passage of each node. */
  readonly keys: Float64Array;
  /** Links at the base level, `linksMax` places a node; how many of them are taken is in `degrees`. */
  readonly links: Uint32Array;
  readonly linksMax: number;
  readonly degrees: Uint32Array;
  readonly entry: number;
  /** Bytes of the file. */
  readonly bytes: number;

  /** @throws GraphFault */
  constructor(path: string) {
    const file = openSync(path, 'r');
    try {
      this.bytes = fstatSync(file).size;
      const matrix = new DataView(take(file, 0, MATRIX_HEAD_BYTES).buffer);
      const rows = matrix.getUint32(0, true);
      const at = MATRIX_HEAD_BYTES + rows * matrix.getUint32(4, true);
      if (at + HEAD_BYTES + HEADER_BYTES > this.bytes) throw new GraphFault(`${rows} vectors`, `${this.bytes} bytes`);
      const head = take(file, at, this.bytes - at);
      const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
      const magic = new TextDecoder().decode(head.subarray(0, 7));
      if (magic !== 'usearch') throw new GraphFault('usearch behind the vectors', JSON.stringify(magic));
      this.dimensions = Number(view.getBigUint64(33, true));
      const number = (place: number): number => Number(view.getBigUint64(HEAD_BYTES + place * 8, true));
      this.size = number(0);
      this.linksMax = number(2);
      this.entry = number(4);
      if (this.size !== rows) throw new GraphFault(`${rows} nodes`, String(this.size));
      this.keys = new Float64Array(this.size);
      this.degrees = new Uint32Array(this.size);
      this.links = new Uint32Array(this.size * this.linksMax);
      this.#readNodes(view, number(1));
    } finally {
      closeSync(file);
    }
  }

  #readNodes(view: DataView, connectivity: number): void {
    const levelsAt = HEAD_BYTES + HEADER_BYTES;
    let at = levelsAt + this.size * 2;
    for (let node = 0; node < this.size; node++) {
      const level = view.getInt16(levelsAt + node * 2, true);
      const bytes = NODE_HEAD_BYTES + 4 + this.linksMax * 4 + level * (4 + connectivity * 4);
      if (level < 0 || at + bytes > view.byteLength) throw new GraphFault(`node ${node} of level ${level}`, 'the end');
      this.keys[node] = Number(view.getBigUint64(at, true));
      const degree = view.getUint32(at + NODE_HEAD_BYTES, true);
      if (degree > this.linksMax)
        throw new GraphFault(`at most ${this.linksMax} links of node ${node}`, String(degree));
      this.degrees[node] = degree;
      for (let link = 0; link < degree; link++) {
        const to = view.getUint32(at + NODE_HEAD_BYTES + 4 + link * 4, true);
        if (to >= this.size) throw new GraphFault(`a link of node ${node} below ${this.size}`, String(to));
        this.links[node * this.linksMax + link] = to;
      }
      at += bytes;
    }
    if (at !== view.byteLength)
      throw new GraphFault('the end behind the last node', `${view.byteLength - at} bytes more`);
  }

  /** Passages whose node no walk along the links at the base level reaches from the entry: queries do not find them. */
  unreachable(): number[] {
    const seen = new Uint8Array(this.size);
    const queue = new Uint32Array(this.size);
    let known = 0;
    const meet = (node: number): void => {
      if (node >= this.size || seen[node] === 1) return;
      seen[node] = 1;
      queue[known++] = node;
    };
    meet(this.entry);
    for (let at = 0; at < known; at++) {
      const from = queue[at]! * this.linksMax;
      for (let link = 0; link < this.degrees[queue[at]!]!; link++) meet(this.links[from + link]!);
    }
    return [...this.keys].filter((_, node) => seen[node] === 0);
  }
}

/** The file is not one that usearch writes. */
export class GraphFault extends Error {
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string) {
    super(`Expected ${expected}, got ${got}`);
    this.expected = expected;
    this.got = got;
  }
}

function take(file: number, from: number, bytes: number): Uint8Array<ArrayBuffer> {
  const into = new Uint8Array(Math.max(0, bytes));
  for (let at = 0; at < into.length; ) {
    const read = readSync(file, into, at, Math.min(READ_BYTES, into.length - at), from + at);
    if (read === 0) throw new GraphFault(`${bytes} bytes from ${from}`, `${at} bytes`);
    at += read;
  }
  return into;
}
