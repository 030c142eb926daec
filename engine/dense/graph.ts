/**
 * The one door to usearch: an approximate nearest-neighbour graph (HNSW; Malkov & Yashunin, arXiv 1603.09320) over int8
 * codes, built once into a file and viewed by every worker through the page cache.
 *
 * usearch aborts the process on a truncated file and serves a corrupted one without a word, so callers verify the checksum
 * of the file before they open it, and nothing ever writes to a file that may be open.
 */
import { Index, MetricKind, ScalarKind } from 'usearch';

export interface GraphSettings {
  readonly dimensions: number;
  readonly connectivity: number;
  readonly expansionAdd: number;
  readonly expansionSearch: number;
}

const open = (settings: GraphSettings): Index =>
  new Index({
    metric: MetricKind.Cos,
    quantization: ScalarKind.I8,
    dimensions: settings.dimensions,
    connectivity: settings.connectivity,
    expansion_add: settings.expansionAdd,
    expansion_search: settings.expansionSearch,
    multi: false,
  });

export class GraphWriter {
  readonly #index: Index;

  constructor(settings: GraphSettings) {
    this.#index = open(settings);
  }

  /** Adds rows of one matrix under their ids; `threads` 1 makes the graph reproducible. */
  add(ids: readonly number[], matrix: Float32Array, threads: number): void {
    this.#index.add(BigUint64Array.from(ids, BigInt), matrix, threads);
  }

  /** Links a node anew, with all others there. */
  readd(id: number, vector: Float32Array): void {
    this.#index.remove(BigInt(id));
    this.#index.add(BigInt(id), vector, 1);
  }

  save(path: string): void {
    this.#index.save(path);
  }
}

export class GraphReader {
  readonly #index: Index;
  readonly #breadth: number;

  /** @param path a verified file written by {@link GraphWriter} with the same settings */
  constructor(settings: GraphSettings, path: string) {
    this.#index = open(settings);
    this.#breadth = settings.expansionSearch;
    this.#index.view(path);
  }

  get size(): number {
    return this.#index.size();
  }

  /**
   * Ids of near vectors for the caller to score and cut to k: all that the search meets, for the graph scales every vector
   * alike and so measures more coarsely than the scores do.
   */
  near(query: Float32Array, k: number): Uint32Array {
    const wanted = Math.min(Math.max(k, this.#breadth), this.#index.size());
    if (wanted === 0) return new Uint32Array(0);
    const keys = this.#index.search(query, wanted, 1).keys;
    const ids = new Uint32Array(keys.length);
    for (let at = 0; at < keys.length; at++) ids[at] = Number(keys[at]);
    return ids;
  }
}
