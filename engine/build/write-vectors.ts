/** Last pass: the passages' vectors as int8 codes, and the graph over them. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { EngineConfig } from '../config.ts';
import { GraphFile, GraphWriter, VectorFile } from '../dense/index.ts';
import { FILES } from '../generation.ts';
import type { DocId } from '../types.ts';
import type { VectorCache } from './vector-cache.ts';

const ROWS = 1024;
/** Repairs of a graph; passages of the very same text may stay without a link to each of them. */
const REPAIRS_MAX = 3;

export interface VectorsInput {
  readonly folder: string;
  readonly cache: VectorCache;
  readonly keys: ReadonlyMap<DocId, string>;
  /** Passages, with or without a vector. */
  readonly count: number;
  readonly settings: EngineConfig['retrieval']['dense'];
}

/** @returns what the manifest needs to open the graph, or null where no passage has a vector */
export function writeVectors({
  folder,
  cache,
  keys,
  count,
  settings,
}: VectorsInput): { connectivity: number; expansionAdd: number } | null {
  if (keys.size === 0) return null;
  const { dimensions } = cache;
  const file = new VectorFile(dimensions, count);
  const graph = new GraphWriter({ ...settings, dimensions });
  const entries = [...keys];
  for (let from = 0; from < entries.length; from += ROWS) {
    const part = entries.slice(from, from + ROWS);
    const matrix = new Float32Array(part.length * dimensions);
    part.forEach(([id, key], row) => {
      const vector = cache.get(key)!;
      file.set(id, vector);
      matrix.set(vector, row * dimensions);
    });
    graph.add(
      part.map(([id]) => id),
      matrix,
      availableParallelism(),
    );
  }
  writeFileSync(join(folder, FILES.vectors), file.bytes);
  saveConnected(graph, join(folder, FILES.graph), (id) => cache.get(keys.get(id)!)!);
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
