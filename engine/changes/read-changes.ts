/** What does a journal say changed, for who only wants to know? */
import { type Coverage, lookAtJournal, type SeenJournal } from '../journal/index.ts';
import type { Disk } from '../store/disk/index.ts';
import type { ChangedDocument } from './changes.ts';
import { decodeRecord } from './record.ts';

export interface SeenChanges {
  /** Null where there is none. */
  readonly journal: SeenJournal | null;
  /** One of each id that changed behind what is covered, in the order of their versions. */
  readonly documents: readonly ChangedDocument[];
  /** Versions of all changes that the journal has, covered or not, ascending. */
  readonly versions: readonly number[];
}

/** @throws EngineError index_foreign; disk errors */
export async function readChanges(disk: Disk, folder: string, covered: Coverage | null): Promise<SeenChanges> {
  let documents = new Map<string, ChangedDocument>();
  let versions: number[] = [];
  const journal = await lookAtJournal(disk, { folder, covered }, () => {
    documents = new Map();
    versions = [];
    return (record, place) => {
      const read = decodeRecord(record);
      if (read.kind === 'keys') return;
      const { id, document } = read;
      versions.push(place.sequence);
      // Behind those that changed before it, as the last of their order.
      documents.delete(id);
      if (!place.covered) documents.set(id, { id, version: place.sequence, document });
    };
  });
  return { journal, documents: [...documents.values()], versions };
}
