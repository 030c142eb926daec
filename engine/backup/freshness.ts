/** How much would be lost if the machine were lost now? From what is listed, and from how far the journal is. */
import { lookAtJournal } from '../journal/index.ts';
import { machineDisk } from '../store/disk/index.ts';
import { currentGeneration, journalFolder, reading, requireGeneration } from '../store/index.ts';
import type { ListedBackup } from './job.ts';

/** Of the last change that was acknowledged. */
export interface JournalPosition {
  readonly history: string;
  readonly sequence: number;
}

export interface Freshness {
  /** The newest that was sound when it was last looked at; null where there is none. */
  readonly newest: { readonly id: string; readonly createdAt: string; readonly ageS: number } | null;
  /** Changes that were acknowledged since its position; null where it is of another history, or there is none. */
  readonly changesSince: number | null;
  /** The last one, of whichever backup; null where none was ever restored for a trial. */
  readonly drill: {
    readonly id: string;
    readonly at: string;
    readonly passed: boolean;
    readonly detail: string | null;
  } | null;
  /** When one passed last. */
  readonly drillPassedAt: string | null;
}

export function freshnessOf(
  listed: readonly ListedBackup[],
  { wallMs, position }: { readonly wallMs: number; readonly position: JournalPosition | null },
): Freshness {
  const sound = listed.findLast(({ summary, check }) => summary !== null && check?.sound === true)?.summary ?? null;
  const drills = listed
    .flatMap(({ id, check }) => (check?.drill ? [{ id, ...check.drill }] : []))
    .sort((one, other) => (one.at < other.at ? -1 : 1));
  return {
    newest: sound && {
      id: sound.id,
      createdAt: sound.createdAt,
      ageS: Math.max(0, Math.round((wallMs - Date.parse(sound.createdAt)) / 1000)),
    },
    changesSince: sound === null ? null : changesBetween(sound, position),
    drill: drills.at(-1) ?? null,
    drillPassedAt: drills.findLast(({ passed }) => passed)?.at ?? null,
  };
}

function changesBetween(
  { journal, journalUpTo }: NonNullable<ListedBackup['summary']>,
  position: JournalPosition | null,
): number | null {
  if (position === null || journal === null || journalUpTo === null) return null;
  return journal.history === position.history ? Math.max(0, position.sequence - journalUpTo) : null;
}

/** Where the journal of an index is; null where there is none. @throws EngineError index_missing | index_damaged | index_foreign */
export async function positionIn(index: string): Promise<JournalPosition | null> {
  const name = currentGeneration(index);
  if (name === null) return null;
  const { manifest } = requireGeneration(index, name, machineDisk);
  const place = { folder: journalFolder(index, manifest), covered: manifest.journal ?? null };
  const seen = await reading(index, () => lookAtJournal(machineDisk, place, () => () => {}));
  return seen && { history: seen.history, sequence: seen.upTo };
}
