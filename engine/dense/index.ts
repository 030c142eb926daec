export { type Embedder, openEmbedder } from './embedder.ts';
export { type GraphSettings, GraphWriter } from './graph.ts';
export { GraphFault, GraphFile } from './graph-file.ts';
export { loadVectors } from './load.ts';
export { quantise, quantiseQuery, strideOf } from './quantise.ts';
export { StoredVectors } from './stored-vectors.ts';
export { TopK } from './top-k.ts';
export { VectorFile } from './vector-file.ts';
export { type SharedVectors, Vectors } from './vectors.ts';
