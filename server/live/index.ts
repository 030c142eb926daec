/** Documents that are changed while they are served: durable when it is answered, and in every answer a moment later. */
export { Feed } from './feed.ts';
export { type LiveDocument, LiveDocuments, type LiveParts, type LiveStatus } from './live-documents.ts';
