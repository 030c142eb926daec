/** Documents that are changed while they are served: durable when it is answered, and in every answer a moment later. */
export { ArmDocuments } from './arm-documents.ts';
export type { LiveDocument, LiveParts, LiveStatus } from './contract.ts';
export { Feed } from './feed.ts';
export { LiveDocuments } from './live-documents.ts';
export { Merging, type MergingParts } from './merging.ts';
