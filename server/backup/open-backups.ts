/** The backups of a running server, put together: where they are, what is done about them, and when by itself. */
import {
  deleteBackup,
  type Listed,
  openTarget,
  type Policy,
  Repository,
  runBackupTask,
} from '../../engine/backup/index.ts';
import type { Clock } from '../../engine/clock.ts';
import { EngineError } from '../../engine/errors.ts';
import type { Config } from '../config/index.ts';
import type { IndexSwap } from '../index-admin/index.ts';
import { BackupJobs, type BackupPorts } from './backup-jobs.ts';
import { policyOf, targetOf } from './settings.ts';

/** How often it is looked whether one is due. */
const LOOK_MS = 10_000;

export interface Backups {
  readonly jobs: BackupJobs;
  readonly policy: Policy;
  /** `backup.target` and `backup.at`. */
  readonly place: string;
  readonly at: string;
  readonly list: () => Promise<Listed[]>;
  /** @throws EngineError backup_missing where there is none of that id */
  readonly require: (id: string) => Promise<void>;
  readonly delete: (id: string, force: boolean) => Promise<void>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export interface BackupsParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly index: IndexSwap;
  readonly report: BackupPorts['report'];
}

export function openBackups({ config, clock, index, report }: BackupsParts): Backups {
  const { backup } = config;
  const settings = targetOf(backup);
  const policy = policyOf(backup);
  // The keys of a service may be set later than the server is started: they are asked for when they are needed.
  const open = async (): Promise<Repository> => Repository.open(openTarget(settings, process.env));
  const list = async (): Promise<Listed[]> => (await open()).list();
  const jobs = new BackupJobs(
    {
      run: (task, options) => runBackupTask({ task, settings, config }, options),
      list,
      goOver: (generation) => goOver(index, generation),
      report,
      wallMs: () => clock.wallMs(),
    },
    { at: backup.at, drillDays: backup.drillDays, policy },
  );
  const looks = jobs.nextMs === null ? undefined : setInterval(() => void jobs.look(), LOOK_MS).unref();
  return {
    jobs,
    policy,
    place: backup.target,
    at: backup.at,
    list,
    require: async (id) => void (await (await open()).snapshot(id)),
    delete: async (id, force) => deleteBackup(await open(), { id, force }, clock),
    close: () => {
      clearInterval(looks);
      return jobs.close();
    },
  };
}

/** What was restored serves, from now on and after a restart. */
async function goOver(index: IndexSwap, generation: string): Promise<void> {
  const outcome = await index.swap(generation);
  if (outcome.kind === 'refused')
    throw new EngineError(outcome.code, `What was restored cannot serve: ${outcome.detail}`);
  index.ports.point(index.ports.pool.serving);
}
