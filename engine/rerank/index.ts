export { blend, type Reranked } from './blend.ts';
export { type CrossEncoder, openCrossEncoder } from './cross-encoder.ts';
export { type OutsideParts, OutsideReranker } from './outside-reranker.ts';
export { Reranker } from './reranker.ts';
