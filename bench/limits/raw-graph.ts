/** What the graph costs and nothing else: usearch over the index's own file, at the k the product asks for. */
import { join } from 'node:path';
import { Index, MetricKind, ScalarKind } from 'usearch';
import { FILES, type SharedGeneration } from '../../engine/generation.ts';

/** Searches once, on one thread. */
export type RawSearch = (vector: Float32Array) => unknown;

export function openRawGraph({ folder, manifest }: SharedGeneration, expansionSearch: number, k: number): RawSearch {
  const { embedder, graph } = manifest;
  if (embedder === null || graph === null) throw new Error(`No vectors in ${folder}`);
  const index = new Index({
    metric: MetricKind.Cos,
    quantization: ScalarKind.I8,
    dimensions: embedder.dimensions,
    connectivity: graph.connectivity,
    expansion_add: graph.expansionAdd,
    expansion_search: expansionSearch,
    multi: false,
  });
  index.view(join(folder, FILES.graph));
  const wanted = Math.min(k, index.size());
  return (vector) => index.search(vector, wanted, 1);
}
