/** Last pass: the passages' vectors as int8 codes, and the graph over them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineConfig } from '../config.ts';
import { GraphFile, GraphWriter, VectorFile } from '../dense/index.ts';
import { FILES } from '../generation.ts';
import type { Manifest } from '../store/index.ts';
import type { DocId } from '../types.ts';

const ROWS = 1024;
/** Repairs of a graph; passages of the very same text may stay without a link to each of them. */
const REPAIRS_MAX = 3;

/** The vectors of a generation in the making, wherever they come from. */
export interface VectorRows {
  readonly dimensions: number;
  /** Passages with a vector, ascending. */
  readonly ids: readonly DocId[];
  /** A unit vector of its own bytes. */
  vector(id: DocId): Float32Array;
  /** Writes it into the file. */
  place(file: VectorFile, id: DocId, vector: Float32Array): void;
}

export interface VectorsInput {
  readonly folder: string;
  readonly rows: VectorRows;
  /** Passages, with or without a vector. */
  readonly count: number;
  readonly settings: Pick<EngineConfig['retrieval']['dense'], 'connectivity' | 'expansionAdd' | 'expansionSearch'>;
  /** That link the graph. */
  readonly threads: number;
}

export type GraphShape = NonNullable<Manifest['graph']>;

/** @returns what the manifest needs to open the graph, or null where no passage has a vector */
export function writeVectors({ folder, rows, count, settings, threads }: VectorsInput): GraphShape | null {
  const { dimensions, ids } = rows;
  if (ids.length === 0) return null;
  const file = new VectorFile(dimensions, count);
  const graph = new GraphWriter({ ...settings, dimensions });
  for (let from = 0; from < ids.length; from += ROWS) {
    const part = ids.slice(from, from + ROWS);
    const matrix = new Float32Array(part.length * dimensions);
    part.forEach((id, row) => {
      const vector = rows.vector(id);
      rows.place(file, id, vector);
      matrix.set(vector, row * dimensions);
    });
    graph.add(part, matrix, threads);
  }
  writeFileSync(join(folder, FILES.vectors), file.bytes);
  saveConnected(graph, join(folder, FILES.graph), (id) => rows.vector(id));
  return { connectivity: settings.connectivity, expansionAdd: settings.expansionAdd };
}

/**
 * Threads that add at the same time may not see each other's nodes, and leave some that nothing links to: up to one in twenty
 * was seen in small graphs. Those are linked anew, one after the other.
 */
function saveConnected(graph: GraphWriter, path: string, vectorOf: (id: number) => Float32Array): void {
  graph.save(path);
  for (let repair = 0; repair < REPAIRS_MAX; repair++) {
    const lost = new GraphFile(path).unreachable();
    if (lost.length === 0) return;
    for (const id of lost) graph.readd(id, vectorOf(id));
    graph.save(path);
  }
}
