/**
 * From what was restored back to what served before: that generation with its own journal, and the posts of the source as they were.
 *
 * Nothing is lost by it either: what was restored, and what changed since, stays with its journal, and undone once more it serves again.
 */
import { join } from 'node:path';
import { readChanges } from '../changes/index.ts';
import type { Clock } from '../clock.ts';
import { EngineError } from '../errors.ts';
import type { Disk } from '../store/disk/index.ts';
import {
  currentGeneration,
  generationNames,
  journalFolder,
  lastRestored,
  noteRestored,
  ownJournal,
  RESTORED_FILE,
  type Restored,
  reading,
  requireGeneration,
  swapGeneration,
} from '../store/index.ts';
import { exchangeSource } from './source-files.ts';

export interface UndoPreview {
  readonly backup: string;
  /** What serves now, and what would. */
  readonly serving: string;
  readonly before: string;
  readonly restoredAt: string;
  /** Changes that were acknowledged since the restore: nobody would see them any more. So many must be agreed to. */
  readonly changesSince: number;
}

interface Place {
  readonly index: string;
  readonly disk: Disk;
}

/**
 * What can be undone: the last restore, where what it made still serves, or what was merged into that since.
 *
 * @throws EngineError backup_refused
 */
export function undoable({ index, disk }: Place): Restored & { readonly before: string; readonly current: string } {
  const restored = lastRestored(index, disk);
  const current = currentGeneration(index, disk);
  const refused = (reason: string): EngineError =>
    new EngineError('backup_refused', `There is no restore to undo: ${reason}: ${index}`, {
      file: join(index, RESTORED_FILE),
      remedy: 'Let any generation serve that is kept: wp-chat index status, wp-chat index swap NAME',
    });
  if (restored === null) throw refused(`${current ?? 'nothing'} serves, and nothing was restored`);
  const { generation, before } = restored;
  if (current === null || !goesOn({ index, disk }, restored, current))
    throw refused(`${current ?? 'nothing'} serves, and the last restore made ${generation}`);
  if (before === null) throw refused('nothing served before');
  if (!generationNames(index, disk).includes(before))
    throw refused(`${before}, which served before, is not kept any more`);
  return { ...restored, before, current };
}

/** Whether what serves is what was restored, or goes on from that: then it has the same journal. */
function goesOn({ index, disk }: Place, { generation, history }: Restored, current: string): boolean {
  if (generation === current) return true;
  try {
    const { manifest } = requireGeneration(index, current, disk);
    return history !== null && journalFolder(index, manifest, disk) === ownJournal(index, history);
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}

/** @throws EngineError backup_refused where there is nothing to undo */
export async function previewUndo(place: Place): Promise<UndoPreview> {
  const { backup, before, current, at, from } = undoable(place);
  const { versions } = await changesOf(place, current);
  const changesSince = versions.filter((version) => from !== null && version >= from).length;
  return { backup, serving: current, before, restoredAt: at, changesSince };
}

const changesOf = ({ index, disk }: Place, generation: string): ReturnType<typeof readChanges> =>
  reading(index, async () => {
    const { manifest } = requireGeneration(index, generation, disk);
    return readChanges(disk, journalFolder(index, manifest, disk), manifest.journal ?? null);
  });

/** @throws EngineError backup_refused where more would be set aside than was agreed to */
export function requireUndoAgreed({ changesSince, serving }: UndoPreview, discardMax: number): void {
  if (changesSince <= discardMax) return;
  throw new EngineError(
    'backup_refused',
    `Undoing the restore would set aside ${changesSince} changes that came since, and ${discardMax} were agreed to: ${serving}`,
    {
      expected: `at most ${discardMax}`,
      value: changesSince,
      remedy: `Agree: wp-chat backup undo --discard ${changesSince}`,
    },
  );
}

/** What is written down of an undoing: undone once more, it leads back. @throws EngineError backup_refused */
export async function noteOfUndo(place: Place, clock: Clock): Promise<Restored> {
  const { index, disk } = place;
  const { backup, before, current, source } = undoable(place);
  const { journal } = await changesOf(place, before);
  const { manifest } = requireGeneration(index, before, disk);
  const history = manifest.journal?.history;
  const own = history !== undefined && journalFolder(index, manifest, disk) === ownJournal(index, history);
  return {
    backup,
    generation: before,
    before: current,
    at: new Date(clock.wallMs()).toISOString(),
    history: own ? history : null,
    from: (journal?.upTo ?? manifest.journal?.sequence ?? 0) + 1,
    source,
  };
}

/** @throws EngineError backup_refused, swapGeneration's */
export async function undoRestore(place: Place, clock: Clock): Promise<Restored> {
  const note = await noteOfUndo(place, clock);
  await swapGeneration(place.index, note.generation, place.disk);
  concludeUndo(place, note);
  return note;
}

/** What is left to do when CURRENT names what served before. @throws EngineError index_busy | index_unwritable */
export function concludeUndo(place: Place, note: Restored): void {
  if (note.source) exchangeSource(place);
  noteRestored(place.index, note, place.disk);
}
