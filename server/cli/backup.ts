import { Command, Option } from 'commander';
import {
  type BackupReport,
  deleteBackup,
  freshnessOf,
  listedOf,
  type Preview,
  positionIn,
  summaryOf,
} from '../../engine/backup/index.ts';
import { systemClock } from '../../engine/clock.ts';
import { policyOf } from '../backup/index.ts';
import { backupNamed, count, ID_HELP, repositoryFor, runFor } from './backup-run.ts';
import {
  createdText,
  drillText,
  freshnessText,
  listText,
  previewText,
  prunedText,
  restoredText,
  verifiedText,
} from './backup-text.ts';
import { undoCommand } from './backup-undo.ts';
import { configOf, EXIT, globalOptions, print } from './command.ts';
import { confirmed, yesOption } from './confirm.ts';

export const backupCommand = (): Command =>
  new Command('backup')
    .description('Backups of the index: made while it serves, verified, restored beside it, tried, and removed by rule')
    .addHelpText(
      'after',
      `
Where to: backup.target, a folder or s3://BUCKET/PREFIX with backup.endpoint and backup.region. Keys of such a service:
WP_CHAT_BACKUP_ACCESS_KEY_ID and WP_CHAT_BACKUP_SECRET_ACCESS_KEY, or those of AWS, in the environment.

Examples:
  $ wp-chat backup create
  $ wp-chat backup restore latest --dry-run
  $ wp-chat backup create --set backup.target=s3://backups/blog --set backup.endpoint=https://minio.example:9000`,
    )
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(statusCommand())
    .addCommand(verifyCommand())
    .addCommand(restoreCommand())
    .addCommand(undoCommand())
    .addCommand(drillCommand())
    .addCommand(deleteCommand())
    .addCommand(pruneCommand());

const createCommand = (): Command =>
  new Command('create')
    .description('Back up what serves: only what is not there yet is written, and read back')
    .option('--prune', 'then remove what backup.keepLast, keepDaily and keepWeekly do not keep', false)
    .addHelpText('after', '\nExample:\n  $ wp-chat backup create --prune --json')
    .action(async ({ prune }: { prune: boolean }, command: Command) => {
      const { backup: settings } = configOf(command).config;
      const made = await runFor(command, { kind: 'create', policy: prune ? policyOf(settings) : null });
      if (made !== null) print(command, made, () => createdText(made.backup, { ...made, place: settings.target }));
    });

const listCommand = (): Command =>
  new Command('list')
    .description('All backups, oldest first, with what was last found of each')
    .addHelpText('after', '\nExample:\n  $ wp-chat backup list --json')
    .action(async (_, command: Command) => {
      const repository = await repositoryFor(command);
      const listed = await repository.list();
      const told = listed.map(({ id, snapshot, damage, check }) => ({
        id,
        damage,
        check,
        ...(snapshot === null ? {} : summaryOf(snapshot)),
      }));
      print(command, told, () => listText(listed, repository.place));
    });

const statusCommand = (): Command =>
  new Command('status')
    .description('How old the newest sound backup is, what was acknowledged since, and when a drill passed')
    .addHelpText('after', '\nExit code 1 where there is no sound one.\n\nExample:\n  $ wp-chat backup status --json')
    .action(async (_, command: Command) => {
      const listed = (await (await repositoryFor(command)).list()).map(listedOf);
      const position = await positionIn(configOf(command).config.index.directory);
      const fresh = freshnessOf(listed, { wallMs: systemClock.wallMs(), position });
      if (fresh.newest === null) process.exitCode = EXIT.failed;
      print(command, fresh, () => freshnessText(fresh));
    });

const verifyCommand = (): Command =>
  new Command('verify')
    .description('Read every object of a backup and compare it with its checksum')
    .argument('[id]', ID_HELP, 'latest')
    .option('--all', 'every backup', false)
    .addHelpText('after', '\nExit code 1 where one is damaged.\n\nExample:\n  $ wp-chat backup verify --all')
    .action(async (given: string, { all }: { all: boolean }, command: Command) => {
      const ids = all ? await (await repositoryFor(command)).ids() : [await backupNamed(command, given)];
      const reports: BackupReport[] = [];
      for (const id of ids) {
        const report = await runFor(command, { kind: 'verify', id });
        if (report === null) return;
        reports.push(report);
      }
      if (reports.some(({ sound }) => !sound)) process.exitCode = EXIT.failed;
      print(command, all ? reports : reports[0], () => reports.map(verifiedText).join('\n'));
    });

interface RestoreOptions {
  readonly dryRun: boolean;
  readonly discard?: number;
  readonly yes: boolean;
}

const restoreCommand = (): Command =>
  new Command('restore')
    .description('Make a new generation of a backup, verify it, and let it serve; what served before is kept')
    .argument('[id]', ID_HELP, 'latest')
    .option('--dry-run', 'only say what would be lost', false)
    .addOption(new Option('--discard <posts>', 'agree that so many posts go back to what they were').argParser(count))
    .addOption(yesOption())
    .addHelpText(
      'after',
      `
Posts that were added, changed or deleted since the backup are told before, and nothing is done where they are more than was agreed to.
Where nothing would be lost it is done at once.

Examples:
  $ wp-chat backup restore latest --dry-run
  $ wp-chat backup restore 20261128-091502123-3fa9 --discard 12
  $ wp-chat backup undo`,
    )
    .action(async (given: string, options: RestoreOptions, command: Command) => {
      const id = await backupNamed(command, given);
      const preview =
        options.dryRun || options.discard === undefined ? await runFor(command, { kind: 'preview', id }) : null;
      if (preview === null && options.discard === undefined) return;
      if (options.dryRun) print(command, preview, () => previewText(preview!));
      else await restore(command, id, { ...options, preview });
    });

async function restore(
  command: Command,
  id: string,
  { discard, yes, preview }: RestoreOptions & { preview: Preview | null },
): Promise<void> {
  if (preview !== null && preview.lost > 0) {
    if (!globalOptions(command).json) process.stderr.write(`${previewText(preview)}\n`);
    const question = `Restore, and undo what happened to ${preview.lost} posts?`;
    if (!(await confirmed(command, question, yes))) return;
  }
  const discardMax = discard ?? preview?.lost ?? 0;
  const done = await runFor(command, { kind: 'restore', id, discardMax, swap: true });
  if (done !== null) print(command, done, () => restoredText(done));
}

const drillCommand = (): Command =>
  new Command('drill')
    .description('Restore a backup into a folder aside, ask it what was asked when it was made, compare, and remove it')
    .argument('[id]', ID_HELP, 'latest')
    .option('--into <folder>', "where there is room for the whole index (default: the system's folder for such)")
    .addHelpText('after', '\nExit code 1 where it fails.\n\nExample:\n  $ wp-chat backup drill --json')
    .action(async (given: string, { into }: { into?: string }, command: Command) => {
      const id = await backupNamed(command, given);
      const report = await runFor(command, { kind: 'drill', id, into: into ?? null });
      if (report === null) return;
      if (!report.passed) process.exitCode = EXIT.failed;
      print(command, report, () => drillText(report));
    });

const deleteCommand = (): Command =>
  new Command('delete')
    .description('Remove one backup; what no other needs of it goes with the next prune')
    .argument('<id>', 'the backup, as wp-chat backup list has it')
    .option('--force', 'even where it is the last sound one', false)
    .addOption(yesOption())
    .addHelpText('after', '\nExample:\n  $ wp-chat backup delete 20261128-091502123-3fa9 --yes')
    .action(async (id: string, { force, yes }: { force: boolean; yes: boolean }, command: Command) => {
      const repository = await repositoryFor(command);
      if (!(await confirmed(command, `Delete backup ${id} in ${repository.place}?`, yes))) return;
      await deleteBackup(repository, { id, force }, systemClock);
      print(command, { deleted: id }, () => `Backup ${id} is deleted; wp-chat backup prune frees its space`);
    });

const pruneCommand = (): Command =>
  new Command('prune')
    .description('Remove backups that backup.keepLast, keepDaily and keepWeekly do not keep, and what no backup needs')
    .option('--dry-run', 'only say what would go', false)
    .addOption(yesOption())
    .addHelpText(
      'after',
      `
The newest sound backup always stays. What was written within the last hour stays, too.

Example:
  $ wp-chat backup prune --dry-run --set backup.keepDaily=14`,
    )
    .action(async ({ dryRun, yes }: { dryRun: boolean; yes: boolean }, command: Command) => {
      const { backup } = configOf(command).config;
      const policy = policyOf(backup);
      const { keepLast, keepDaily, keepWeekly } = policy;
      const question = `Remove backups beyond the last ${keepLast}, of ${keepDaily} days and of ${keepWeekly} weeks, in ${backup.target}?`;
      if (!dryRun && !(await confirmed(command, question, yes))) return;
      const pruned = await runFor(command, { kind: 'prune', policy, dryRun });
      if (pruned !== null) print(command, pruned, () => prunedText(pruned, dryRun));
    });
