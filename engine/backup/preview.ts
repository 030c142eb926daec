/** What would a restore do? Told before anything is done, from the list in the backup and from what serves, its journal included. */
import { readChanges, type SeenChanges } from '../changes/index.ts';
import type { EngineConfig } from '../config.ts';
import { EngineError } from '../errors.ts';
import { machineDisk } from '../store/disk/index.ts';
import {
  type CheckedGeneration,
  currentGeneration,
  journalFolder,
  reading,
  requireGeneration,
} from '../store/index.ts';
import { type Differences, differences, documentLines, firstLines, readLines } from './documents.ts';
import { contentOf } from './fetch.ts';
import { lackingModels } from './models.ts';
import { opened } from './read-generation.ts';
import type { Repository } from './repository.ts';
import type { Snapshot } from './snapshot.ts';

/** Ids that are named of each kind. */
const IDS_MAX = 20;

export interface Preview {
  readonly backup: string;
  readonly createdAt: string;
  /** Sequence of the last change that is in it; null where it has no journal. */
  readonly journalUpTo: number | null;
  /** Posts of its generation, those that its journal changed, and bytes that would be there afterwards. */
  readonly posts: number;
  readonly changed: number;
  readonly bytes: number;
  /** What serves now; null where nothing does, or it cannot be opened. */
  readonly serving: string | null;
  /** Null where there is nothing to compare with. */
  readonly differences: Differences | null;
  /** Posts that were added, changed or deleted since the backup: so many must be agreed to. */
  readonly lost: number;
  /**
   * Changes that were acknowledged after the backup's position; several may have been of one post. Null where the journal of today
   * is no later state of the backup's.
   */
  readonly changesSince: number | null;
  /** Models that are not here as the index needs them, a sentence each. */
  readonly models: readonly string[];
}

export async function previewRestore(
  { repository, snapshot }: { repository: Repository; snapshot: Snapshot },
  config: EngineConfig,
): Promise<Preview> {
  const now = await servingNow(config);
  const told = {
    backup: snapshot.id,
    createdAt: snapshot.createdAt,
    journalUpTo: snapshot.journalUpTo,
    posts: snapshot.generation.counts.posts,
    changed: snapshot.journal?.changed ?? 0,
    bytes: snapshot.totals.bytes,
    models: await lackingModels(snapshot, config),
  };
  if (now === null) return { ...told, serving: null, differences: null, lost: 0, changesSince: null };
  const lines = await linesOf(now, snapshot, config);
  if (lines === null) return { ...told, serving: null, differences: null, lost: 0, changesSince: null };
  const then = readLines(await contentOf(repository, snapshot.documents));
  const found = differences(then, lines, IDS_MAX);
  const lost = found.added.count + found.changed.count + found.deleted.count;
  const serving = now.manifest.generation;
  return { ...told, serving, differences: found, lost, changesSince: changesSince(now.changes, snapshot) };
}

type Serving = Pick<CheckedGeneration, 'folder' | 'manifest'> & { readonly changes: SeenChanges };

/** Of an index that is missing or damaged nothing can be lost. */
const isNothing = (error: unknown): boolean =>
  error instanceof EngineError && /^index_(missing|damaged|foreign)$/.test(error.code);

async function servingNow({ index: { directory } }: EngineConfig): Promise<Serving | null> {
  const name = currentGeneration(directory);
  if (name === null) return null;
  try {
    const found = requireGeneration(directory, name, machineDisk);
    const { manifest } = found;
    const folder = journalFolder(directory, manifest, machineDisk);
    const changes = await reading(directory, () => readChanges(machineDisk, folder, manifest.journal ?? null));
    return { ...found, changes };
  } catch (error) {
    if (isNothing(error)) return null;
    throw error;
  }
}

async function linesOf(now: Serving, { format }: Snapshot, config: EngineConfig): Promise<Map<string, string> | null> {
  try {
    if (format !== 1) return documentLines(now, now.changes);
    return await opened(now, config, ({ generation }) => firstLines(generation, now.changes));
  } catch (error) {
    if (isNothing(error)) return null;
    throw error;
  }
}

/** Those that are still in the journal are counted; of those before it, sequences are. */
function changesSince({ journal, versions }: SeenChanges, snapshot: Snapshot): number | null {
  const { journalUpTo } = snapshot;
  if (journal === null || journalUpTo === null || journal.history !== snapshot.journal?.history) return null;
  const counted = versions.filter((version) => version > journalUpTo);
  const first = versions[0] ?? journal.upTo + 1;
  return counted.length + Math.max(0, first - 1 - journalUpTo);
}

/** @throws EngineError backup_refused where more would be lost than was agreed to */
export function requireAgreed({ lost, backup, serving }: Preview, discardMax: number): void {
  if (lost <= discardMax) return;
  throw new EngineError(
    'backup_refused',
    `Restoring ${backup} would undo what happened to ${lost} posts since, and ${discardMax} were agreed to: ${serving}`,
    {
      expected: `at most ${discardMax}`,
      value: lost,
      remedy: `See which: wp-chat backup restore ${backup} --dry-run; then agree: --discard ${lost}`,
    },
  );
}
