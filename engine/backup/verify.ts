/** Are all bytes of a backup there and what was written? Every object is read and compared with its name. */
import { EngineError } from '../errors.ts';
import type { Check } from './check.ts';
import type { Repository } from './repository.ts';
import { objectsOf, type Snapshot } from './snapshot.ts';
import { each, type Ports, stepOf } from './work.ts';

export interface BackupReport {
  readonly id: string;
  readonly sound: boolean;
  /** What was found first; null where it is sound. */
  readonly detail: string | null;
  readonly missing: readonly string[];
  readonly damaged: readonly string[];
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Verifies, and writes down what came of it.
 *
 * @throws EngineError backup_missing | backup_unreachable
 */
export async function verifyBackup(repository: Repository, id: string, ports: Ports): Promise<BackupReport> {
  const report = await look(repository, id, ports);
  const before = await repository.check(id);
  await repository.putCheck(id, checkOf(report, before, ports.clock.wallMs()));
  return report;
}

async function look(repository: Repository, id: string, ports: Ports): Promise<BackupReport> {
  let snapshot: Snapshot;
  try {
    snapshot = await repository.snapshot(id);
  } catch (error) {
    if (!(error instanceof EngineError && error.code === 'backup_damaged')) throw error;
    return { id, sound: false, detail: error.message, missing: [], damaged: [], objects: 0, bytes: 0 };
  }
  const objects = objectsOf(snapshot);
  const faults = { missing: [] as string[], damaged: [] as string[] };
  const step = stepOf(ports, 'verifying', [0, 100]);
  let done = 0;
  await each(objects.keys(), repository.target.parallel, async (sha256) => {
    const fault = await repository.checkObject(sha256);
    if (fault !== null) faults[fault].push(sha256);
    step(++done / objects.size);
  });
  // Deleted meanwhile: then it is not damaged but gone.
  if (faults.missing.length > 0) await repository.snapshot(id);
  const [missing, damaged] = [faults.missing.length, faults.damaged.length];
  const sound = missing + damaged === 0;
  const bytes = [...objects.values()].reduce((sum, length) => sum + length, 0);
  const detail = sound ? null : `${missing} of ${objects.size} objects are missing and ${damaged} are damaged`;
  return { id, sound, detail, ...faults, objects: objects.size, bytes };
}

const checkOf = ({ sound, detail, missing, damaged }: BackupReport, before: Check | null, wallMs: number): Check => ({
  verifiedAt: new Date(wallMs).toISOString(),
  sound,
  detail,
  faults: [...missing, ...damaged],
  drill: before?.drill ?? null,
});
