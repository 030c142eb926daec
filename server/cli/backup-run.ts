/** How commands reach backups: settings, the repository, work in a process of its own with a bar, and which backup is meant. */
import { type Command, InvalidArgumentError } from 'commander';
import {
  type BackupResult,
  type BackupTask,
  type Listed,
  openTarget,
  Repository,
  runBackupTask,
} from '../../engine/backup/index.ts';
import { EngineError } from '../../engine/errors.ts';
import { targetOf } from '../backup/index.ts';
import { configOf, EXIT, globalOptions } from './command.ts';
import { percentOn } from './progress.ts';

/** @throws EngineError backup_missing where nothing was ever backed up there; config_invalid, backup_unreachable */
export function repositoryFor(command: Command): Promise<Repository> {
  const { backup } = configOf(command).config;
  return Repository.open(openTarget(targetOf(backup), process.env));
}

/**
 * @returns null where it was interrupted: that is said, and the exit code set
 * @throws EngineError whatever the task gives
 */
export async function runFor<Task extends BackupTask>(
  command: Command,
  task: Task,
): Promise<BackupResult<Task['kind']> | null> {
  const { config } = configOf(command);
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new Error('Interrupted'));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const progress = percentOn(process.stderr, globalOptions(command).json);
  try {
    return await runBackupTask(
      { task, settings: targetOf(config.backup), config },
      { signal: interrupt.signal, progress: ({ percent, step }) => progress.show(percent, step) },
    );
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.stderr.write('Interrupted; the same command uses what was written\n');
    process.exitCode = EXIT.interrupted;
    return null;
  } finally {
    progress.stop();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** Of posts or changes, as an option names it. */
export const count = (text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number.');
};

export const ID_HELP = 'the backup, as wp-chat backup list has it, or latest (default): the newest that is sound';

/** @throws EngineError backup_missing where there is no sound one */
export async function backupNamed(command: Command, given: string): Promise<string> {
  if (given !== 'latest') return given;
  const repository = await repositoryFor(command);
  const sound = (await repository.list()).findLast(isSound);
  if (sound !== undefined) return sound.id;
  throw new EngineError('backup_missing', `There is no sound backup: ${repository.place}`, {
    file: repository.place,
    remedy: 'Make one (wp-chat backup create), or look at those that are there: wp-chat backup list',
  });
}

const isSound = ({ snapshot, check }: Listed): boolean => snapshot !== null && check?.sound === true;
