/** Here is a unit vector: which passages are near it? */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import type { Candidates } from '../types.ts';
import { GraphReader, type GraphSettings } from './graph.ts';
import { quantiseQuery } from './quantise.ts';
import { TopK } from './top-k.ts';
import type { VectorLayout } from './vector-file.ts';

/** What every worker needs to open the vectors; plain, so that it can be sent to a thread. */
export interface SharedVectors {
  readonly memory: WebAssembly.Memory;
  readonly layout: VectorLayout;
  /** The workers' scratch areas follow each other from here. */
  readonly scratchAt: number;
  readonly scratchBytes: number;
  /** File of the graph and how to open it; null where no passage has a vector. */
  readonly graph: { readonly path: string; readonly settings: GraphSettings } | null;
}

interface Kernel {
  scan(
    vectors: number,
    scales: number,
    stride: number,
    query: number,
    factor: number,
    mask: number,
    from: number,
    to: number,
    threshold: number,
    found: number,
  ): number;
  score(
    vectors: number,
    scales: number,
    stride: number,
    query: number,
    factor: number,
    ids: number,
    count: number,
  ): void;
}

/** Vectors scanned a call; their findings fit the scratch. */
const BLOCK = 4096;
/** Ids scored a call. */
const IDS_MAX = 8192;

/** Where a worker keeps what is its own: query codes, allow mask, findings or ids. */
function scratchLayout({ stride, count }: VectorLayout): { maskAt: number; listAt: number; bytes: number } {
  const maskAt = Math.ceil((stride * 2) / 64) * 64;
  const listAt = maskAt + Math.ceil(count / 512) * 64;
  return { maskAt, listAt, bytes: listAt + Math.max(BLOCK * 8, IDS_MAX * 4) };
}

export const scratchBytesFor = (layout: VectorLayout): number => scratchLayout(layout).bytes;

let compiled: WebAssembly.Module | null = null;
function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(join(packageRoot, 'engine/dense/wasm/scan.wasm')));
  return compiled;
}

export class Vectors {
  readonly #kernel: Kernel;
  readonly #layout: VectorLayout;
  readonly #graph: GraphReader | null;
  readonly #queryAt: number;
  readonly #maskAt: number;
  readonly #listAt: number;
  readonly #query: Int16Array;
  readonly #mask: Uint8Array;
  readonly #codes: Int8Array;
  readonly #scales: Float32Array;
  readonly #listIds: Uint32Array;
  readonly #listScores: Float32Array;

  /** @param slot 0 … workersMax−1; two searchers of one slot must not run at the same time */
  constructor(shared: SharedVectors, slot: number) {
    const instance = new WebAssembly.Instance(kernelModule(), { env: { memory: shared.memory } });
    this.#kernel = instance.exports as unknown as Kernel;
    this.#layout = shared.layout;
    this.#graph = shared.graph === null ? null : new GraphReader(shared.graph.settings, shared.graph.path);
    const scratch = scratchLayout(shared.layout);
    this.#queryAt = shared.scratchAt + slot * shared.scratchBytes;
    this.#maskAt = this.#queryAt + scratch.maskAt;
    this.#listAt = this.#queryAt + scratch.listAt;
    const { buffer } = shared.memory;
    this.#query = new Int16Array(buffer, this.#queryAt, shared.layout.stride);
    this.#mask = new Uint8Array(buffer, this.#maskAt, Math.ceil(shared.layout.count / 8));
    this.#codes = new Int8Array(buffer);
    this.#scales = new Float32Array(buffer, shared.layout.scalesAt, shared.layout.count);
    const list = Math.max(BLOCK * 2, IDS_MAX);
    this.#listIds = new Uint32Array(buffer, this.#listAt, list);
    this.#listScores = new Float32Array(buffer, this.#listAt, list);
  }

  get dimensions(): number {
    return this.#layout.dimensions;
  }

  /**
   * The k nearest passages by cosine. Without a mask the graph proposes and the kernel scores; with one every allowed
   * vector is scanned, which is exact.
   *
   * @param mask one bit a passage, least significant first; null allows all
   */
  search(vector: Float32Array, k: number, mask: Uint8Array | null): Candidates {
    const factor = quantiseQuery(vector, this.#query);
    if (mask === null) {
      if (this.#graph === null) return { ids: new Uint32Array(0), scores: new Float32Array(0) };
      const ids = this.#graph.near(vector, k);
      return rank(ids, this.#scoreIds(ids, factor), k);
    }
    this.#mask.set(mask);
    return this.#scan(k, factor);
  }

  /** Cosines of the given passages; NaN for those without a vector. */
  score(vector: Float32Array, ids: Uint32Array): Float32Array {
    return this.#scoreIds(ids, quantiseQuery(vector, this.#query));
  }

  /** The k nearest of all by scanning, for measuring the graph against. */
  searchExactly(vector: Float32Array, k: number): Candidates {
    this.#mask.fill(255);
    return this.#scan(k, quantiseQuery(vector, this.#query));
  }

  /** A passage's codes, which are the memory itself, and their scale, which is 0 where there is no vector. */
  codesOf(id: number): { codes: Int8Array; scale: number } {
    const { codesAt, stride } = this.#layout;
    return {
      codes: this.#codes.subarray(codesAt + id * stride, codesAt + (id + 1) * stride),
      scale: this.#scales[id]!,
    };
  }

  /** Cosine of two stored vectors; 0 where one is missing. */
  likeness(a: number, b: number): number {
    const { codesAt, stride } = this.#layout;
    let dot = 0;
    for (let at = 0; at < stride; at++)
      dot += this.#codes[codesAt + a * stride + at]! * this.#codes[codesAt + b * stride + at]!;
    return dot * this.#scales[a]! * this.#scales[b]!;
  }

  #scan(k: number, factor: number): Candidates {
    const { scalesAt, codesAt, stride, count } = this.#layout;
    const top = new TopK(k);
    for (let from = 0; from < count; from += BLOCK) {
      const to = Math.min(count, from + BLOCK);
      const found = this.#kernel.scan(
        codesAt,
        scalesAt,
        stride,
        this.#queryAt,
        factor,
        this.#maskAt,
        from,
        to,
        top.threshold,
        this.#listAt,
      );
      for (let at = 0; at < found; at++) top.offer(this.#listIds[at * 2]!, this.#listScores[at * 2 + 1]!);
    }
    return top.take();
  }

  #scoreIds(ids: Uint32Array, factor: number): Float32Array {
    const { scalesAt, codesAt, stride } = this.#layout;
    const scores = new Float32Array(ids.length);
    for (let from = 0; from < ids.length; from += IDS_MAX) {
      const part = ids.subarray(from, from + IDS_MAX);
      this.#listIds.set(part);
      this.#kernel.score(codesAt, scalesAt, stride, this.#queryAt, factor, this.#listAt, part.length);
      scores.set(this.#listScores.subarray(0, part.length), from);
    }
    return scores;
  }
}

function rank(ids: Uint32Array, scores: Float32Array, k: number): Candidates {
  const top = new TopK(k);
  for (let at = 0; at < ids.length; at++) top.offer(ids[at]!, scores[at]!);
  return top.take();
}
