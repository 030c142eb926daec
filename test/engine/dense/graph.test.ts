import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GraphSettings, GraphWriter, loadVectors, VectorFile, Vectors } from '../../../engine/dense/index.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';
import { clusteredVectors } from './clustered.ts';

const freshFolder = temporaryFolders();

const COUNT = 5000;
const DIMENSIONS = 64;
const settings: GraphSettings = { dimensions: DIMENSIONS, connectivity: 16, expansionAdd: 128, expansionSearch: 256 };

/** Every seventh passage has no vector, as a post in another language has none. */
const hasVector = (id: number): boolean => id % 7 !== 3;

function build(vectors: readonly Float32Array[], workersMax: number) {
  const folder = freshFolder();
  const file = new VectorFile(DIMENSIONS, vectors.length);
  const ids = [...vectors.keys()].filter(hasVector);
  const matrix = new Float32Array(ids.length * DIMENSIONS);
  for (const [row, id] of ids.entries()) {
    file.set(id, vectors[id]!);
    matrix.set(vectors[id]!, row * DIMENSIONS);
  }
  const graph = new GraphWriter(settings);
  graph.add(ids, matrix, 2);
  const paths = { vectors: join(folder, 'vectors.i8'), graph: join(folder, 'vectors.usearch') };
  writeFileSync(paths.vectors, file.bytes);
  graph.save(paths.graph);
  return loadVectors(paths.vectors, { path: paths.graph, settings }, workersMax);
}

describe('the graph', () => {
  const list = clusteredVectors({ count: COUNT + 100, dimensions: DIMENSIONS, clusters: 120, seed: 42 });
  const queries = list.slice(COUNT);
  const shared = build(list.slice(0, COUNT), 2);
  const vectors = new Vectors(shared, 0);

  it.each([
    [10, 0.99],
    [200, 0.97],
  ])('finds of the %i nearest that a scan of all finds at least a share of %d', (k, share) => {
    let found = 0;
    for (const query of queries) {
      const exact = new Set(vectors.searchExactly(query, k).ids);
      found += vectors.search(query, k, null).ids.filter((id) => exact.has(id)).length;
    }
    expect(found / (queries.length * k)).toBeGreaterThanOrEqual(share);
  });

  it('gives scores that are those of the scan, best first, and only passages with a vector', () => {
    for (const query of queries.slice(0, 20)) {
      const { ids, scores } = vectors.search(query, 50, null);
      expect(ids).toHaveLength(50);
      expect([...ids].every(hasVector)).toBe(true);
      expect(scores).toEqual(vectors.score(query, ids));
      expect([...scores]).toEqual([...scores].sort((a, b) => b - a));
    }
  });

  it('finds every stored vector as the nearest to itself', () => {
    for (let id = 0; id < COUNT; id += 250)
      if (hasVector(id)) expect(vectors.search(list[id]!, 1, null).ids[0]).toBe(id);
  });

  it('serves two workers by turns as it serves one', () => {
    const other = new Vectors(shared, 1);
    for (const [at, query] of queries.slice(0, 20).entries()) {
      const mine = vectors.search(query, 10, null);
      const theirs = other.search(queries[at + 1]!, 10, null);
      expect(vectors.search(query, 10, null)).toEqual(mine);
      expect(vectors.search(queries[at + 1]!, 10, null)).toEqual(theirs);
    }
  });

  it('gives all it has when more are asked for', () => {
    const few = new Vectors(build(list.slice(0, 8), 1), 0);
    expect([...few.search(queries[0]!, 100, null).ids].sort((a, b) => a - b)).toEqual([0, 1, 2, 4, 5, 6, 7]);
  });
});
