/** What would a restore do? Told before anything is done, from the list in the backup and the index that serves. */
import type { EngineConfig } from '../config.ts';
import { EngineError } from '../errors.ts';
import { machineDisk } from '../store/disk/index.ts';
import { currentGeneration, requireGeneration } from '../store/index.ts';
import { type Differences, differences, documentLines, readLines } from './documents.ts';
import { opened } from './read-generation.ts';
import type { Repository } from './repository.ts';
import { contentOf } from './restore.ts';
import type { Snapshot } from './snapshot.ts';

/** Ids that are named of each kind. */
const IDS_MAX = 20;

export interface Preview {
  readonly backup: string;
  readonly createdAt: string;
  /** Posts and bytes that would be there afterwards. */
  readonly posts: number;
  readonly bytes: number;
  /** What serves now; null where nothing does, or it cannot be opened. */
  readonly serving: string | null;
  /** Null where there is nothing to compare with. */
  readonly differences: Differences | null;
  /** Posts that were added, changed or deleted since the backup: so many must be agreed to. */
  readonly lost: number;
}

export async function previewRestore(
  { repository, snapshot }: { repository: Repository; snapshot: Snapshot },
  config: EngineConfig,
): Promise<Preview> {
  const now = await servingLines(config);
  const told = {
    backup: snapshot.id,
    createdAt: snapshot.createdAt,
    posts: snapshot.generation.counts.posts,
    bytes: snapshot.totals.bytes,
  };
  if (now === null) return { ...told, serving: null, differences: null, lost: 0 };
  const then = readLines(await contentOf(repository, snapshot.documents));
  const found = differences(then, readLines(now.lines), IDS_MAX);
  const lost = found.added.count + found.changed.count + found.deleted.count;
  return { ...told, serving: now.name, differences: found, lost };
}

/** Of an index that is missing or damaged nothing can be lost. */
async function servingLines(config: EngineConfig): Promise<{ name: string; lines: Uint8Array } | null> {
  const { directory } = config.index;
  const name = currentGeneration(directory);
  if (name === null) return null;
  try {
    const found = requireGeneration(directory, name, machineDisk);
    return { name, lines: await opened(found, config, ({ generation }) => documentLines(generation)) };
  } catch (error) {
    if (error instanceof EngineError && /^index_(missing|damaged|foreign)$/.test(error.code)) return null;
    throw error;
  }
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
