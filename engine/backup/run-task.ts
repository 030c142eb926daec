/** One task on backups, from its plain description to what came of it. */
import { EngineError } from '../errors.ts';
import { machineDisk } from '../store/disk/index.ts';
import { type VerifyReport, verifyInProcess } from '../store/verify/index.ts';
import { createBackup } from './create.ts';
import { drillBackup } from './drill.ts';
import { type BackupJob, type BackupResult, type BackupResults, type BackupTask, listedOf, summaryOf } from './job.ts';
import { type Preview, previewRestore, requireAgreed } from './preview.ts';
import { deleteBackup, pruneBackups } from './prune.ts';
import { readerFor } from './read-generation.ts';
import { Repository } from './repository.ts';
import { restoreBackup, type VerifyGeneration } from './restore.ts';
import type { Target } from './target/target.ts';
import { noteOfUndo, previewUndo, requireUndoAgreed, undoRestore } from './undo.ts';
import { verifyBackup } from './verify.ts';
import type { Ports } from './work.ts';

type Task<Kind extends BackupTask['kind']> = Extract<BackupTask, { kind: Kind }>;

/** @throws EngineError of any kind that the task's own part gives */
export async function runTask(
  openTarget: () => Target,
  { task, config }: BackupJob,
  ports: Ports,
): Promise<BackupResult> {
  // What served before is here: no place of backups is needed.
  if (task.kind === 'undo') return undo(task, { config, ports });
  const target = openTarget();
  const repository = await (task.kind === 'create' ? Repository.openOrMake(target) : Repository.open(target));
  return runOn(repository, task, { config, ports });
}

function runOn(
  repository: Repository,
  task: Exclude<BackupTask, { kind: 'undo' }>,
  { config, ports }: Around,
): Promise<BackupResult> {
  switch (task.kind) {
    case 'list':
      return listed(repository);
    case 'delete':
      return deleteBackup(repository, task, ports.clock).then(() => ({ deleted: task.id }));
    case 'create':
      return create(repository, task, { config, ports });
    case 'verify':
      return verifyBackup(repository, task.id, ports);
    case 'preview':
      return repository.snapshot(task.id).then((snapshot) => previewRestore({ repository, snapshot }, config));
    case 'restore':
      return restore(repository, task, { config, ports });
    case 'drill':
      return drillBackup({ repository, id: task.id, into: task.into, config, verify: verifierFor(config) }, ports);
    case 'prune':
      return pruneBackups({ repository, policy: task.policy, dryRun: task.dryRun }, ports);
  }
}

const listed = async (repository: Repository): Promise<BackupResults['list']> =>
  (await repository.list()).map(listedOf);

interface Around {
  readonly config: BackupJob['config'];
  readonly ports: Ports;
}

async function create(
  repository: Repository,
  { policy, audit }: Task<'create'>,
  { config, ports }: Around,
): Promise<BackupResults['create']> {
  const index = config.index.directory;
  const read = readerFor(config, ports.clock);
  const backup = summaryOf(await createBackup({ repository, index, disk: machineDisk, read, audit }, ports));
  if (policy === null) return { backup, pruned: null, unpruned: null };
  try {
    return { backup, pruned: await pruneBackups({ repository, policy, dryRun: false }, ports), unpruned: null };
  } catch (error) {
    // The backup is made; that others could not be removed is another matter.
    if (!(error instanceof EngineError)) throw error;
    return { backup, pruned: null, unpruned: error.message };
  }
}

async function restore(
  repository: Repository,
  { id, discardMax, swap }: Task<'restore'>,
  { config, ports }: Around,
): Promise<BackupResults['restore']> {
  const snapshot = await repository.snapshot(id);
  const look = (): Promise<Preview> => previewRestore({ repository, snapshot }, config);
  let preview = await look();
  const agree = async (): Promise<void> => {
    if (discardMax === null) return;
    preview = await look();
    requireAgreed(preview, discardMax);
  };
  if (discardMax !== null) requireAgreed(preview, discardMax);
  const { directory: index } = config.index;
  const verify = verifierFor(config);
  const input = { repository, snapshot, index, disk: machineDisk, verify, swap, agree };
  return { restored: await restoreBackup(input, ports), preview };
}

async function undo(
  { discardMax, swap, dryRun }: Task<'undo'>,
  { config, ports }: Around,
): Promise<BackupResults['undo']> {
  const place = { index: config.index.directory, disk: machineDisk };
  const preview = await previewUndo(place);
  if (dryRun) return { undone: null, preview };
  if (discardMax !== null) requireUndoAgreed(preview, discardMax);
  const undone = await (swap ? undoRestore(place, ports.clock) : noteOfUndo(place, ports.clock));
  ports.progress({ step: 'done', percent: 100 });
  return { undone, preview };
}

/** Everything that can be verified of a generation, in a process of its own. */
const verifierFor =
  ({ retrieval }: BackupJob['config']): VerifyGeneration =>
  async (index, generation) => {
    const report = await verifyInProcess({
      index,
      generation,
      expansionSearch: retrieval.dense.expansionSearch,
      bytesPerSecondMax: null,
      deadlineMs: null,
      resume: null,
      seed: 1,
    });
    if (report.verdict !== 'sound') throw unsound(report);
  };

const unsound = ({ generation, verdict, detail, findings }: VerifyReport): EngineError => {
  const [finding] = findings;
  const found =
    finding === undefined
      ? (detail ?? 'it could not be verified')
      : `${finding.file}: expected ${finding.expected}, got ${finding.got}`;
  return new EngineError('backup_damaged', `What was restored is ${verdict}: ${found}: ${generation}`, {
    value: verdict,
    remedy: 'Use another backup: wp-chat backup list',
  });
};
