/** What an operator may ask of the backups of a running server. What takes time is begun and told as such; GET says how far it is. */
import { z } from 'zod';
import type { ListedBackup } from '../../engine/backup/index.ts';
import { EngineError } from '../../engine/errors.ts';
import { adminRoute, type Refused, refusable } from '../admin/index.ts';
import type { HttpRequest, Route } from '../http.ts';
import type { Ended, Underway } from './backup-jobs.ts';
import type { Backups } from './open-backups.ts';

const POSTS_MAX = 1_000_000_000;

export const backupListInput = z.strictObject({});
export const backupCreateInput = z.strictObject({
  prune: z.boolean().default(false).describe('Then remove what backup.keepLast, keepDaily and keepWeekly do not keep'),
});
export const backupVerifyInput = z.strictObject({});
export const backupRestoreInput = z.strictObject({
  discard: z.int().min(0).max(POSTS_MAX).default(0).describe('So many posts may go back to what they were'),
  dry_run: z.boolean().default(false).describe('Only find out what would be lost'),
});
export const backupUndoInput = z.strictObject({
  discard: z.int().min(0).max(POSTS_MAX).default(0).describe('So many changes since the restore may be set aside'),
  dry_run: z.boolean().default(false).describe('Only find out what would serve, and what would be set aside'),
});
export const backupDeleteInput = z.strictObject({
  force: z.stringbool().or(z.boolean()).default(false).describe('Even where it is the last sound one'),
});

const time = (ms: number): string => new Date(ms).toISOString();

export function backupAdmin(backups: Backups, { bodyDepthMax }: { bodyDepthMax: number }): Route[] {
  const begun = (underway: Underway): object => ({ started: underwayOf(underway), status: '/admin/backup' });
  const onOne = (action: string) => ({
    method: 'POST' as const,
    path: `/admin/backup/:id/${action}`,
    bodyDepthMax,
    status: 202,
  });
  return [
    adminRoute({
      method: 'GET',
      path: '/admin/backup',
      input: backupListInput,
      bodyDepthMax,
      act: () => statusOf(backups),
    }),
    adminRoute({
      method: 'GET',
      path: '/admin/backup/status',
      input: backupListInput,
      bodyDepthMax,
      act: () => freshnessIn(backups),
    }),
    adminRoute({
      method: 'POST',
      path: '/admin/backup',
      input: backupCreateInput,
      bodyDepthMax,
      status: 202,
      act: ({ prune }) =>
        refusable(() => begun(backups.jobs.start({ kind: 'create', policy: prune ? backups.policy : null }))),
    }),
    adminRoute({
      ...onOne('verify'),
      input: backupVerifyInput,
      act: (_, request) => onBackup(backups, request, (id) => begun(backups.jobs.start({ kind: 'verify', id }))),
    }),
    adminRoute({
      ...onOne('drill'),
      input: backupVerifyInput,
      act: (_, request) =>
        onBackup(backups, request, (id) => begun(backups.jobs.start({ kind: 'drill', id, into: null }))),
    }),
    adminRoute({
      ...onOne('restore'),
      input: backupRestoreInput,
      act: ({ discard, dry_run: dryRun }, request) =>
        onBackup(backups, request, (id) =>
          begun(
            backups.jobs.start(
              dryRun ? { kind: 'preview', id } : { kind: 'restore', id, discardMax: discard, swap: false },
            ),
          ),
        ),
    }),
    adminRoute({
      method: 'POST',
      path: '/admin/backup/undo',
      input: backupUndoInput,
      bodyDepthMax,
      status: 202,
      act: ({ discard, dry_run: dryRun }) =>
        refusable(() => begun(backups.jobs.start({ kind: 'undo', discardMax: discard, swap: false, dryRun }))),
    }),
    adminRoute({
      method: 'DELETE',
      path: '/admin/backup/:id',
      input: backupDeleteInput,
      bodyDepthMax,
      act: ({ force }, request) =>
        onBackup(backups, request, async (id) => {
          await backups.delete(id, force);
          return { deleted: id };
        }),
    }),
  ];
}

/** Whatever the place of the backups says, what is known here is told. */
async function statusOf({ jobs, list, freshness, place, at }: Backups): Promise<object> {
  const found = await list().then(
    (listed) => ({ backups: listed.map(listedOf), unreachable: null }),
    (error: unknown) => {
      if (!(error instanceof EngineError)) throw error;
      if (error.code === 'backup_missing') return { backups: [], unreachable: null };
      return { backups: null, unreachable: { code: error.code, detail: error.message } };
    },
  );
  return {
    place,
    at,
    next: jobs.nextMs === null ? null : time(jobs.nextMs),
    underway: jobs.underway === null ? null : underwayOf(jobs.underway),
    last: jobs.last.map(endedOf),
    freshness: freshness(),
    ...found,
  };
}

/** What an operator wants to know before anything else, without the list. */
async function freshnessIn(backups: Backups): Promise<object> {
  const { backups: _, last: __, ...told } = (await statusOf(backups)) as { backups: unknown; last: unknown };
  return told;
}

const underwayOf = ({ kind, id, sinceMs, step, percent }: Underway): object => ({
  kind,
  id,
  since: time(sinceMs),
  step,
  percent,
});

const endedOf = ({ kind, id, atMs, failure, result }: Ended): object => ({ kind, id, at: time(atMs), failure, result });

const listedOf = ({ id, summary, damage, check }: ListedBackup): object => ({
  id,
  createdAt: summary?.createdAt ?? null,
  generation: summary?.generation ?? null,
  totals: summary?.totals ?? null,
  audit: summary?.audit ?? null,
  damage,
  check,
});

/** @param act on a backup that is there */
const onBackup = (
  backups: Backups,
  { path }: HttpRequest,
  act: (id: string) => object | Promise<object>,
): Promise<object | Refused> =>
  refusable(async () => {
    const id = decodeURIComponent(path.split('/')[3] ?? '');
    await backups.require(id);
    return act(id);
  });
