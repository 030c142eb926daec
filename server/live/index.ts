/** Documents that are changed while they are served: durable when it is answered, and in every answer a moment later. */
export type { LiveDocument, LiveParts, LiveStatus } from './contract.ts';
export { Feeds } from './feeds.ts';
export { LiveDocuments } from './live-documents.ts';
export { Merging, type MergingParts } from './merging.ts';
