/** A site that changed since its generation was built: a journal behind it, on any disk; and what it has then. */
import { Changes, type Operation, readChanges } from '../../../engine/changes/index.ts';
import type { Disk } from '../../../engine/store/disk/index.ts';
import { journalFolder, requireGeneration } from '../../../engine/store/index.ts';
import { handClock, MapBase, SETTINGS } from '../changes/sites.ts';
import { INDEX } from './small-site.ts';

interface Lived {
  /** Versions of what was acknowledged. */
  readonly apply: (...operations: readonly Operation[]) => Promise<number[]>;
  readonly close: () => Promise<void>;
}

/** Opens the journal of what serves. @param name generation that does */
export async function live(disk: Disk, name: string): Promise<Lived> {
  const { manifest } = requireGeneration(INDEX, name, disk);
  const { changes } = await Changes.open({
    folder: journalFolder(INDEX, manifest, disk),
    settings: { ...SETTINGS, segmentBytesMax: 1500 },
    covered: manifest.journal ?? null,
    base: new MapBase(),
    clock: handClock(),
    journal: { writer: 'inline', disk },
  });
  return {
    apply: async (...operations) =>
      (await changes.applyAll(operations)).map((outcome) => ('version' in outcome ? (outcome.version ?? 0) : 0)),
    close: () => changes.close(),
  };
}

/** What the journal of a generation says: texts by id, null of what was deleted; and its damage. */
export async function changedIn(
  disk: Disk,
  name: string,
): Promise<{ readonly texts: Record<string, string | null>; readonly damage: readonly string[] }> {
  const { manifest } = requireGeneration(INDEX, name, disk);
  const folder = journalFolder(INDEX, manifest, disk);
  const { journal, documents } = await readChanges(disk, folder, manifest.journal ?? null);
  const texts = documents.map(({ id, document }) => [
    id,
    document === null ? null : (JSON.parse(Buffer.from(document).toString()) as { text: string }).text,
  ]);
  return { texts: Object.fromEntries(texts) as Record<string, string | null>, damage: journal?.damage ?? [] };
}
