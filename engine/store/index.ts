/** The index directory: generations, their files, and what is read from them. */
export { type Columns, ColumnWriter, facetValues, foldValue, openColumns, primaryTag } from './columns.ts';
export { DocumentReader, encodePassage, encodePost, type PassageRecord, type PostRecord } from './documents.ts';
export {
  BUILD_REMEDY,
  beginGeneration,
  checksums,
  currentGeneration,
  pruneGenerations,
  publishGeneration,
  verifyCurrent,
} from './generations.ts';
export { leaseGeneration, serversOf } from './leases.ts';
export { lockIndex } from './lock.ts';
export { INDEX_FORMAT, type Manifest } from './manifest.ts';
export { postsThatMayHave } from './post-ids.ts';
export type { RecordDirectory } from './record-file.ts';
export { RecordReader } from './record-reader.ts';
export { RecordWriter } from './record-writer.ts';
export { encodeSections, loadSections, openSections } from './sections.ts';
export { TokenReader, type TokenWidth, tokenBytes } from './tokens.ts';
