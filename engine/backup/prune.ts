/**
 * What may go? Backups that no rule keeps, then objects that no backup needs.
 *
 * A manifest is gone for good before the first of its objects goes, and where any manifest cannot be read nothing goes, since what
 * it needs is not known. Objects that are younger than `GRACE_MS` stay: they may be of a backup whose process was stopped for longer
 * than its lock holds.
 */
import type { Clock } from '../clock.ts';
import { EngineError } from '../errors.ts';
import { RepositoryLock } from './lock.ts';
import { objectName, requireId } from './names.ts';
import type { Listed, Repository } from './repository.ts';
import { type Dated, kept, type Policy } from './retention.ts';
import { objectsOf } from './snapshot.ts';
import { type Ports, stepOf } from './work.ts';

export const GRACE_MS = 3_600_000;
/** Between two looks at the lock. */
const BATCH = 500;

export interface Pruned {
  /** Ids of backups that went, or would with `dryRun`. */
  readonly forgotten: readonly string[];
  readonly kept: readonly { readonly id: string; readonly reasons: readonly string[] }[];
  readonly objects: number;
  readonly bytes: number;
  /** Not needed, but too young. */
  readonly objectsYoung: number;
}

export interface PruneInput {
  readonly repository: Repository;
  /** Null to remove objects only. */
  readonly policy: Policy | null;
  readonly dryRun: boolean;
}

/** @throws EngineError backup_busy | backup_unreachable | backup_damaged */
export async function pruneBackups({ repository, policy, dryRun }: PruneInput, ports: Ports): Promise<Pruned> {
  const lock = await RepositoryLock.take(repository.target, ports.clock, 'prune');
  try {
    const listed = await repository.list();
    for (const { id, damage } of listed) if (damage !== null) throw unknownNeeds(id, damage);
    const reasons = policy === null ? null : kept(listed.flatMap(dated), policy);
    const forgotten = reasons === null ? [] : listed.filter(({ id }) => !reasons.has(id));
    if (!dryRun) for (const { id } of forgotten) await repository.removeSnapshot(id);
    const stay = listed.filter((backup) => !forgotten.includes(backup));
    const swept = await sweep(repository, { stay, dryRun, lock, ports });
    return {
      forgotten: forgotten.map(({ id }) => id),
      kept: stay.map(({ id }) => ({ id, reasons: reasons?.get(id) ?? [] })),
      ...swept,
    };
  } finally {
    await lock.release();
  }
}

/**
 * One backup goes; its objects stay until a prune.
 *
 * @param force even where it is the last sound one
 * @throws EngineError backup_missing | backup_refused | backup_busy | backup_unreachable
 */
export async function deleteBackup(
  repository: Repository,
  { id, force }: { id: string; force: boolean },
  clock: Clock,
): Promise<void> {
  requireId(id);
  const lock = await RepositoryLock.take(repository.target, clock, 'delete');
  try {
    const listed = await repository.list();
    const others = listed.filter((backup) => backup.id !== id);
    const wanted = listed.find((backup) => backup.id === id);
    if (wanted === undefined) await repository.snapshot(id);
    if (!force && wanted !== undefined && isSound(wanted) && !others.some(isSound))
      throw new EngineError('backup_refused', `It is the last sound backup: ${id}`, {
        value: id,
        remedy: 'Make another one before (wp-chat backup create), or add --force',
      });
    await repository.removeSnapshot(id);
  } finally {
    await lock.release();
  }
}

/** As far as is known. */
const isSound = ({ snapshot, check }: Listed): boolean => snapshot !== null && check?.sound === true;

const dated = (backup: Listed): Dated[] =>
  backup.snapshot === null
    ? []
    : [{ id: backup.id, createdAtMs: Date.parse(backup.snapshot.createdAt), sound: isSound(backup) }];

interface Sweep {
  readonly stay: readonly Listed[];
  readonly dryRun: boolean;
  readonly lock: RepositoryLock;
  readonly ports: Ports;
}

async function sweep(
  repository: Repository,
  { stay, dryRun, lock, ports }: Sweep,
): Promise<Pick<Pruned, 'objects' | 'bytes' | 'objectsYoung'>> {
  const needed = new Set<string>();
  for (const { snapshot } of stay) for (const sha256 of objectsOf(snapshot!).keys()) needed.add(sha256);
  const surplus = [...(await repository.objects())].filter(([sha256]) => !needed.has(sha256));
  const oldest = ports.clock.wallMs() - GRACE_MS;
  const old = surplus.filter(([, { modifiedMs }]) => modifiedMs <= oldest);
  const step = stepOf(ports, 'removing', [0, 100]);
  step(0);
  for (let from = 0; from < old.length && !dryRun; from += BATCH) {
    await lock.renew();
    await lock.require();
    await repository.target.remove(old.slice(from, from + BATCH).map(([sha256]) => objectName(sha256)));
    step((from + BATCH) / old.length);
  }
  const bytes = old.reduce((sum, [, stored]) => sum + stored.bytes, 0);
  return { objects: old.length, bytes, objectsYoung: surplus.length - old.length };
}

const unknownNeeds = (id: string, damage: string): EngineError =>
  new EngineError('backup_damaged', `Cannot prune: it is not known what backup ${id} needs: ${damage}`, {
    value: id,
    remedy: `Delete that one first: wp-chat backup delete ${id}`,
  });
