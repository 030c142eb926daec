/** What the last restore put in the place of what: for its undoing, and so that what served before is not pruned too soon. */
import { join } from 'node:path';
import { writing } from './access.ts';
import { type Disk, isDiskError, replaceFile } from './disk/index.ts';

/** In the index directory. */
export const RESTORED_FILE = 'RESTORED';

export interface Restored {
  readonly backup: string;
  /** The generation that was made of it. */
  readonly generation: string;
  /** What CURRENT named before; null where there was nothing. */
  readonly before: string | null;
  readonly at: string;
  /** History of the journal that goes with what was restored; null of the one that the index began with. */
  readonly history: string | null;
  /** Changes of that journal with this sequence or a later one came after; null where that is not known. */
  readonly from: number | null;
  /** Whether the posts of the source were restored, too. */
  readonly source: boolean;
}

/** How long what served before a restore is kept beside those that `index.generationsKept` keeps. */
const UNDO_MS = 7 * 86_400_000;

/** @throws EngineError index_unwritable */
export function noteRestored(index: string, restored: Restored, disk: Disk): void {
  writing(index, () =>
    replaceFile(disk, join(index, RESTORED_FILE), new TextEncoder().encode(`${JSON.stringify(restored)}\n`)),
  );
}

/** Null where there was none, or it cannot be read. */
export function lastRestored(index: string, disk: Disk): Restored | null {
  try {
    const told = JSON.parse(new TextDecoder().decode(disk.read(join(index, RESTORED_FILE)))) as Restored;
    return { ...told, history: told.history ?? null, from: told.from ?? null, source: told.source ?? false };
  } catch (error) {
    if (isDiskError(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What served before a restore that is not long ago, at this moment. */
export function keptForUndo(index: string, now: string, disk: Disk): string | null {
  const restored = lastRestored(index, disk);
  if (restored === null || Date.parse(now) - Date.parse(restored.at) > UNDO_MS) return null;
  return restored.before;
}
