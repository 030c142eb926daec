/** The backups of a running server, put together: where they are, what is done about them, and when by itself. */
import {
  type ListedBackup,
  noBackup,
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
/** Others may add backups to the same place. */
const KNOWN_MS = 10_000;

export interface Backups {
  readonly jobs: BackupJobs;
  readonly policy: Policy;
  /** `backup.target` and `backup.at`. */
  readonly place: string;
  readonly at: string;
  readonly list: () => Promise<readonly ListedBackup[]>;
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
  const run: BackupPorts['run'] = (task, options) => runBackupTask({ task, settings, config }, options);
  const listing = new Listing(() => runBackupTask({ task: { kind: 'list' }, settings, config }), clock);
  const list = (): Promise<readonly ListedBackup[]> => listing.get();
  const jobs = new BackupJobs(
    {
      run,
      list,
      goOver: (generation) => goOver(index, generation),
      report: (event, detail) => {
        listing.forget();
        report(event, detail);
      },
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
    require: async (id) => {
      // The keys of a service may be set later than the server is started: they are asked for when they are needed.
      const repository = await Repository.open(openTarget(settings, process.env));
      if (!(await repository.ids()).includes(id)) throw noBackup(id, backup.target);
    },
    delete: async (id, force) => {
      await run({ kind: 'delete', id, force }, {});
      listing.forget();
    },
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

/**
 * What is there, as it was a moment ago. Manifests of a large site have megabytes, so they are read in a process of their own, and
 * not anew for everyone who asks how far something is.
 */
class Listing {
  readonly #read: () => Promise<readonly ListedBackup[]>;
  readonly #clock: Clock;
  #known: { readonly listed: Promise<readonly ListedBackup[]>; readonly atMs: number } | null = null;

  constructor(read: () => Promise<readonly ListedBackup[]>, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  get(): Promise<readonly ListedBackup[]> {
    const atMs = this.#clock.wallMs();
    if (this.#known !== null && atMs - this.#known.atMs < KNOWN_MS) return this.#known.listed;
    const listed = this.#read();
    this.#known = { listed, atMs };
    listed.catch(() => this.forget());
    return listed;
  }

  forget(): void {
    this.#known = null;
  }
}
