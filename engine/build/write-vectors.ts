/** Last pass: the passages' vectors as int8 codes, and the graph over them. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { EngineConfig } from '../config.ts';
import { GraphWriter, VectorFile } from '../dense/index.ts';
import { FILES } from '../generation.ts';
import type { DocId } from '../types.ts';
import type { VectorCache } from './vector-cache.ts';

const ROWS = 1024;

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
  graph.save(join(folder, FILES.graph));
  return { connectivity: settings.connectivity, expansionAdd: settings.expansionAdd };
}
