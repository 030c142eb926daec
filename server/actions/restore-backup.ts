/** The index is taken back from a backup, beside the one that serves, and takes its place when it is whole. */
import { z } from 'zod';
import type { BackupResult, ListedBackup } from '../../engine/backup/index.ts';
import { EngineError } from '../../engine/errors.ts';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import type { Backups } from '../backup/index.ts';
import { action } from './define.ts';
import type { Measures } from './measures.ts';

export interface RestoreBackupParts {
  readonly backups: Pick<Backups, 'jobs' | 'list' | 'place'>;
  readonly measures: Pick<Measures, 'ask'>;
}

const POSTS_MAX = 1_000_000_000;

export const restoreBackup = ({ backups, measures }: RestoreBackupParts): ActionDefinition =>
  action({
    id: 'restore_backup',
    title: 'Restore a backup',
    about:
      'The documents and the index are what they were when the backup was made. What serves now is kept for a week, for the undoing.',
    risk: 'high',
    command: 'wp-chat backup restore latest',
    runbookCommand: 'cp data/index/wp.faiss.backup data/index/wp.faiss',
    timeBudgetMs: 300_000,
    cooldownMs: 0,
    concurrencyKey: 'index',
    parameters: z.strictObject({
      backup: z.string().min(1).max(100).nullable().default(null).describe('The newest sound one where not given'),
      discard: z.int().min(0).max(POSTS_MAX).default(0).describe('So many posts may go back to what they were'),
    }),
    objection: async ({ backup }) => {
      const { underway } = backups.jobs;
      if (underway !== null) return `Another job of the backups is under way: ${underway.kind}, ${underway.percent} %`;
      const found = chosen(await backups.list(), backup);
      return typeof found === 'string' ? found : null;
    },
    preview: async ({ backup, discard }) => {
      const found = chosen(await backups.list(), backup);
      if (typeof found === 'string') return [found];
      backups.jobs.start({ kind: 'preview', id: found.id });
      return sentencesOf(await resultOf(backups, 'preview'), discard);
    },
    run: async ({ backup, discard }) => {
      const found = chosen(await backups.list(), backup);
      if (typeof found === 'string') throw new EngineError('backup_missing', found);
      backups.jobs.start({ kind: 'restore', id: found.id, discardMax: discard, swap: false });
      const result = await resultOf(backups, 'restore');
      return {
        changed: true,
        said: `Backup ${found.id} serves as ${result.restored.generation}; ${result.preview.lost} posts went back to what they were`,
        details: result,
        undo: async () => {
          backups.jobs.start({ kind: 'undo', discardMax: 0, swap: false, dryRun: false });
          const { undone } = await resultOf(backups, 'undo');
          return `${undone?.generation ?? 'what served before'} serves again`;
        },
        probe: async () => {
          const outcome = await measures.ask('configured', false);
          const ok = outcome.kind === 'ok' && outcome.result.total > 0;
          return { ok, said: outcome.kind === 'ok' ? `A real query finds ${outcome.result.total}` : outcome.kind };
        },
      };
    },
  });

/** Or why there is none. */
function chosen(listed: readonly ListedBackup[], id: string | null): ListedBackup | string {
  const sound = listed.filter(({ damage, check }) => damage === null && check?.sound !== false);
  const found = id === null ? sound.at(-1) : listed.find((one) => one.id === id);
  if (found !== undefined && found.damage === null) return found;
  if (id === null) return 'There is no sound backup: wp-chat backup create makes one';
  return found === undefined ? `There is no such backup: ${id}` : `It is damaged: ${id}: ${found.damage}`;
}

/** Of the job that was just begun. @throws EngineError why it failed */
async function resultOf<Kind extends 'preview' | 'restore' | 'undo'>(
  { jobs }: Pick<Backups, 'jobs'>,
  kind: Kind,
): Promise<BackupResult<Kind>> {
  await jobs.settled();
  const ended = jobs.last.find((one) => one.kind === kind)!;
  if (ended.failure !== null) throw new EngineError(ended.failure.code, ended.failure.detail);
  return ended.result as BackupResult<Kind>;
}

function sentencesOf(
  { backup, createdAt, serving, lost, differences, models }: BackupResult<'preview'>,
  discard: number,
): string[] {
  const which = differences === null ? '' : ` (${countsOf(differences)})`;
  return [
    `Backup ${backup} of ${createdAt} serves in the place of ${serving ?? 'nothing'}, which is kept for a week`,
    `${lost} posts go back to what they were${which}${lost > discard ? `: refused unless "discard": ${lost} is given` : ''}`,
    ...models,
  ];
}

const countsOf = ({ added, changed, deleted }: NonNullable<BackupResult<'preview'>['differences']>): string =>
  `${added.count} were added since, ${changed.count} changed, ${deleted.count} deleted`;
