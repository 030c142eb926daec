/**
 * From a backup to what serves: a new generation with a journal of its own, never over what serves.
 *
 * ```text
 * journal and generation, see fetch.ts ─▶ verified in a process of its own ─▶ posts of the source, aside ─▶ what served before is
 * written down ─▶ CURRENT ─▶ the posts in their place
 * ```
 * Whatever fails before CURRENT moves leaves what served serving; a crash leaves at most a whole generation more. CURRENT says which
 * generation serves and with it which journal, so what serves is never one of the restored state and the other of today's; today's
 * journal stays where it is, and goes with the generation that served, for the undoing.
 */
import { EngineError } from '../errors.ts';
import type { Disk } from '../store/disk/index.ts';
import { currentGeneration, noteRestored, type Restored, removeGeneration, swapGeneration } from '../store/index.ts';
import { type FetchInput, fetchGeneration } from './fetch.ts';
import { adoptSource, fetchSource } from './source-files.ts';
import type { Ports } from './work.ts';

/** @throws EngineError where it is not sound */
export type VerifyGeneration = (index: string, generation: string) => Promise<void>;

export interface RestoreInput extends FetchInput {
  readonly verify: VerifyGeneration;
  /** Whether CURRENT is to name it; else it is left to who asks, and so is {@link adoptSource} after that. */
  readonly swap: boolean;
  /** Looks once more, before CURRENT moves, whether what would be lost was agreed to. */
  readonly agree: () => Promise<void>;
}

/**
 * @throws EngineError backup_damaged | backup_refused | backup_unreachable | index_busy | index_unwritable, the verification's; then
 *   nothing has changed
 */
export async function restoreBackup(input: RestoreInput, ports: Ports): Promise<Restored> {
  const { snapshot, index, disk, verify, swap } = input;
  const before = currentGeneration(index, disk);
  const { generation, history, next: from } = await fetchGeneration(input, ports);
  ports.progress({ step: 'verifying', percent: 90 });
  let source: boolean;
  try {
    await verify(index, generation);
    source = await fetchSource(input, { index, disk });
    ports.signal?.throwIfAborted();
    await input.agree();
  } catch (error) {
    removeGeneration(index, generation, disk);
    throw error;
  }
  const at = new Date(ports.clock.wallMs()).toISOString();
  const restored = { backup: snapshot.id, generation, before, at, history, from, source };
  noteRestored(index, restored, disk);
  if (swap) {
    requireUnchanged(index, before, { generation, disk });
    await swapGeneration(index, generation, disk);
    adoptSource({ index, disk });
  }
  ports.progress({ step: 'done', percent: 100 });
  return restored;
}

/** A build that finished meanwhile is newer than what was agreed to be lost. */
function requireUnchanged(
  index: string,
  before: string | null,
  { generation, disk }: { generation: string; disk: Disk },
): void {
  const now = currentGeneration(index, disk);
  if (now === before) return;
  throw new EngineError(
    'backup_refused',
    `${now ?? 'Nothing'} serves since the restore began, not ${before ?? 'nothing'}: ${index}`,
    {
      expected: String(before),
      value: now,
      remedy: `Look at what it has, then run the restore again; or let what was restored serve: wp-chat index swap ${generation}`,
    },
  );
}
