/** The backups of a running server, put together: where they are, what is done about them, and when by itself. */
import {
  adoptSource,
  concludeUndo,
  type Freshness,
  freshnessOf,
  type JournalPosition,
  type ListedBackup,
  noBackup,
  openTarget,
  type Policy,
  Repository,
  runBackupTask,
} from '../../engine/backup/index.ts';
import type { Clock } from '../../engine/clock.ts';
import { EngineError } from '../../engine/errors.ts';
import { machineDisk } from '../../engine/store/disk/index.ts';
import type { Config } from '../config/index.ts';
import type { IndexSwap } from '../index-admin/index.ts';
import { BackupJobs, type BackupPorts, type Replacing } from './backup-jobs.ts';
import { policyOf, targetOf } from './settings.ts';

/** How often it is looked whether one is due. */
const LOOK_MS = 10_000;
/** Others may change what is there, and metrics tell of it. */
const REFRESH_MS = 3_600_000;
/** Others may add backups to the same place. */
const KNOWN_MS = 10_000;

export interface Backups {
  readonly jobs: BackupJobs;
  readonly policy: Policy;
  /** `backup.target` and `backup.at`. */
  readonly place: string;
  readonly at: string;
  readonly list: () => Promise<readonly ListedBackup[]>;
  /** As of what was last listed; null before that. With a schedule that is done by itself. */
  readonly freshness: () => Freshness | null;
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
  readonly hold: BackupPorts['hold'];
  /** Of the last acknowledged change. */
  readonly position: () => JournalPosition | null;
  readonly report: BackupPorts['report'];
  /** Where the audit log is: noted in each backup. */
  readonly audit: () => { readonly seq: number; readonly hash: string };
}

export function openBackups({ config, clock, index, hold, position, report, audit }: BackupsParts): Backups {
  const { backup } = config;
  const settings = targetOf(backup);
  const policy = policyOf(backup);
  const run: BackupPorts['run'] = (task, options) => {
    const head = audit();
    // One without a line is none to be compared with.
    const noted = task.kind === 'create' && head.seq > 0 ? { ...task, audit: head } : task;
    return runBackupTask({ task: noted, settings, config }, options);
  };
  const listing = new Listing(() => runBackupTask({ task: { kind: 'list' }, settings, config }), clock);
  const list = (): Promise<readonly ListedBackup[]> => listing.get();
  const jobs = new BackupJobs(
    {
      run,
      list,
      goOver: (result) => goOver(index, config.index.directory, result),
      hold,
      report: (event, detail) => {
        listing.forget();
        if (backup.at !== '') listing.refresh();
        report(event, detail);
      },
      wallMs: () => clock.wallMs(),
    },
    { at: backup.at, drillDays: backup.drillDays, policy },
  );
  const scheduled = jobs.nextMs !== null;
  if (scheduled) listing.refresh();
  const looks = scheduled ? setInterval(() => void jobs.look(), LOOK_MS).unref() : undefined;
  const refreshes = scheduled ? setInterval(() => listing.refresh(), REFRESH_MS).unref() : undefined;
  return {
    jobs,
    policy,
    place: backup.target,
    at: backup.at,
    list,
    freshness: () => listing.last && freshnessOf(listing.last, { wallMs: clock.wallMs(), position: position() }),
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
      clearInterval(refreshes);
      return jobs.close();
    },
  };
}

/** Another generation serves with its journal, from now on and after a restart, and the posts of its source are where a build reads. */
async function goOver(index: IndexSwap, directory: string, result: Replacing): Promise<void> {
  const place = { index: directory, disk: machineDisk };
  const serves = async (generation: string, what: string): Promise<void> => {
    await index.settled();
    const outcome = await index.swap(generation);
    if (outcome.kind === 'refused') throw new EngineError(outcome.code, `${what} cannot serve: ${outcome.detail}`);
    index.ports.point(index.ports.pool.serving);
  };
  if ('restored' in result) {
    await serves(result.restored.generation, 'What was restored');
    adoptSource(place);
  } else if (result.undone !== null) {
    await serves(result.undone.generation, 'What served before');
    concludeUndo(place, result.undone);
  }
}

/**
 * What is there, as it was a moment ago. Manifests of a large site have megabytes, so they are read in a process of their own, and
 * not anew for everyone who asks how far something is.
 */
class Listing {
  readonly #read: () => Promise<readonly ListedBackup[]>;
  readonly #clock: Clock;
  #known: { readonly listed: Promise<readonly ListedBackup[]>; readonly atMs: number } | null = null;

  /** What was read last; null before that. */
  last: readonly ListedBackup[] | null = null;

  constructor(read: () => Promise<readonly ListedBackup[]>, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  get(): Promise<readonly ListedBackup[]> {
    const atMs = this.#clock.wallMs();
    if (this.#known !== null && atMs - this.#known.atMs < KNOWN_MS) return this.#known.listed;
    const listed = this.#read();
    this.#known = { listed, atMs };
    listed.then(
      (found) => {
        this.last = found;
      },
      (error: unknown) => {
        this.forget();
        // There are none yet.
        if (error instanceof EngineError && error.code === 'backup_missing') this.last = [];
      },
    );
    return listed;
  }

  /** Reads it for who asks later what was last known; where it cannot be read, that stays. */
  refresh(): void {
    this.get().catch(() => {});
  }

  forget(): void {
    this.#known = null;
  }
}
