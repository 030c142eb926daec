/** The index directory: generations, their files, and what is read from them. */
export { reading, unwritable } from './access.ts';
export { isAlive } from './alive.ts';
export { type Columns, ColumnWriter, facetValues, foldValue, openColumns, primaryTag } from './columns.ts';
export { BUILD_REMEDY, describeDamage, type GenerationDamage } from './damage.ts';
export { DocumentReader, encodePassage, encodePost, type PassageRecord, type PostRecord } from './documents.ts';
export {
  abandonGeneration,
  beginGeneration,
  checksums,
  leastCoverage,
  placeGeneration,
  pruneGenerations,
  publishGeneration,
  removeGeneration,
} from './generations.ts';
export { journalFolder, ownJournal, pruneJournals } from './journals.ts';
export { leaseGeneration, serversOf } from './leases.ts';
export { lockIndex } from './lock.ts';
export { INDEX_FORMAT, MANIFEST_FILE, type Manifest } from './manifest.ts';
export { generationNames } from './names.ts';
export { currentGeneration } from './pointer.ts';
export { postsThatMayHave } from './post-ids.ts';
export type { RecordDirectory } from './record-file.ts';
export { RecordReader } from './record-reader.ts';
export { RecordWriter } from './record-writer.ts';
export { type Fallback, openServing, setAside } from './recovery.ts';
export { lastRestored, noteRestored, RESTORED_FILE, type Restored } from './restored.ts';
export { encodeSections, loadSections, openSections } from './sections.ts';
export { type CheckedGeneration, requireGeneration, verifyCurrent, verifyNamed, verifyParts } from './serving.ts';
export { type GenerationStatus, type IndexStatus, indexStatus } from './status.ts';
export { pointAtServing, swapGeneration } from './swap.ts';
export { TokenReader, type TokenWidth, tokenBytes } from './tokens.ts';
