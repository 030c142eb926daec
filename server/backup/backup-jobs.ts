/**
 * What is done about backups while the server runs: one thing at a time, in a process of its own, with what it came to.
 *
 * What fails is kept for who asks, and reported; the next one is begun all the same.
 */
import type {
  BackupResult,
  BackupTask,
  ListedBackup,
  Policy,
  Progress,
  RunOptions,
} from '../../engine/backup/index.ts';
import { EngineError, type ErrorCode } from '../../engine/errors.ts';
import { nextAfter, timesOf } from './schedule.ts';

/** What takes its time; the others are answered at once. */
export type Job = Exclude<BackupTask, { kind: 'list' | 'delete' }>;
export type Kind = Job['kind'];

/** What comes of a task that puts another generation in the place of what serves. */
export type Replacing = BackupResult<'restore'> | BackupResult<'undo'>;

export interface BackupPorts {
  readonly run: (task: BackupTask, options: RunOptions) => Promise<BackupResult>;
  /** All that are there, oldest first. @throws EngineError backup_missing | backup_unreachable */
  readonly list: () => Promise<readonly ListedBackup[]>;
  /** Lets what was restored serve, or what served before it. @throws EngineError */
  readonly goOver: (result: Replacing) => Promise<void>;
  /** Waits until no merge is under way, and lets none begin until the returned function is called. */
  readonly hold: () => Promise<() => void>;
  /** Told of each end. */
  readonly report: (event: 'backup_done' | 'backup_failed', detail: string | null) => void;
  readonly wallMs: () => number;
}

export interface Underway {
  readonly kind: Kind;
  /** Null where the backup is only being made. */
  readonly id: string | null;
  readonly sinceMs: number;
  readonly step: string;
  readonly percent: number;
}

export interface Ended {
  readonly kind: Kind;
  readonly id: string | null;
  readonly atMs: number;
  readonly failure: { readonly code: ErrorCode; readonly detail: string } | null;
  /** What came of it; null where it failed. */
  readonly result: BackupResult | null;
}

export interface ScheduleSettings {
  readonly at: string;
  readonly drillDays: number;
  readonly policy: Policy;
}

const DAY_MS = 86_400_000;

export class BackupJobs {
  readonly #ports: BackupPorts;
  readonly #settings: ScheduleSettings;
  readonly #times: readonly number[];
  readonly #abort = new AbortController();
  #nextMs: number | null;
  #underway: Underway | null = null;
  #settled: Promise<void> = Promise.resolve();
  readonly #last = new Map<Kind, Ended>();

  constructor(ports: BackupPorts, settings: ScheduleSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#times = timesOf(settings.at);
    this.#nextMs = nextAfter(this.#times, ports.wallMs());
  }

  get underway(): Underway | null {
    return this.#underway;
  }

  /** The last of each kind. */
  get last(): readonly Ended[] {
    return [...this.#last.values()];
  }

  /** When the next one is due by itself; null for never. */
  get nextMs(): number | null {
    return this.#nextMs;
  }

  /** Begins it, and does not wait for its end. @throws EngineError backup_busy */
  start(task: Job): Underway {
    if (this.#underway !== null)
      throw new EngineError(
        'backup_busy',
        `Another is under way: ${this.#underway.kind}, ${this.#underway.percent} %`,
        {
          remedy: 'Wait until it is done: GET /admin/backup says how far it is',
        },
      );
    const id = 'id' in task ? task.id : null;
    this.#underway = { kind: task.kind, id, sinceMs: this.#ports.wallMs(), step: 'starting', percent: 0 };
    const started = this.#underway;
    this.#settled = this.#work(task, id);
    return started;
  }

  /** Asked now and then: begins what is due. Resolves when that has ended. Never rejects. */
  async look(): Promise<void> {
    const wallMs = this.#ports.wallMs();
    if (this.#nextMs === null || wallMs < this.#nextMs) return;
    // Under way already: then this one is made when that has ended.
    if (this.#underway !== null) return;
    this.#nextMs = nextAfter(this.#times, wallMs);
    this.start({ kind: 'create', policy: this.#settings.policy });
    await this.#settled;
    const made = this.#last.get('create');
    if (made === undefined || made.failure !== null || made.id === null || !(await this.#drillDue())) return;
    if (this.#underway !== null || this.#abort.signal.aborted) return;
    this.start({ kind: 'drill', id: made.id, into: null });
    await this.#settled;
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#settled;
  }

  /** Ends what is under way: it gives its locks back first. */
  async close(): Promise<void> {
    this.#abort.abort(new EngineError('draining', 'The server is shutting down'));
    await this.#settled;
  }

  async #work(task: Job, id: string | null): Promise<void> {
    let ended: Omit<Ended, 'atMs'>;
    try {
      const progress = ({ step, percent }: Progress): void => {
        this.#underway = { ...this.#underway!, step, percent };
      };
      const result = await this.#run(task, { progress, signal: this.#abort.signal });
      ended = {
        kind: task.kind,
        id: 'backup' in result && task.kind === 'create' ? idOf(result) : id,
        failure: failureIn(result),
        result,
      };
    } catch (error) {
      const code = error instanceof EngineError ? error.code : 'internal';
      ended = { kind: task.kind, id, failure: { code, detail: (error as Error).message }, result: null };
    }
    this.#last.set(task.kind, { ...ended, atMs: this.#ports.wallMs() });
    this.#underway = null;
    const { failure } = ended;
    if (failure === null) this.#ports.report('backup_done', null);
    else
      this.#ports.report('backup_failed', `${task.kind}${ended.id === null ? '' : ` ${ended.id}`}: ${failure.detail}`);
  }

  /** What is to serve must not be replaced by a merge of what did. */
  async #run(task: Job, options: RunOptions): Promise<BackupResult> {
    const { run, goOver, hold } = this.#ports;
    const replaces = task.kind === 'restore' || (task.kind === 'undo' && !task.dryRun);
    if (!replaces) return run(task, options);
    const letGo = await hold();
    try {
      const result = (await run(task, options)) as Replacing;
      await goOver(result);
      return result;
    } finally {
      letGo();
    }
  }

  async #drillDue(): Promise<boolean> {
    const { drillDays } = this.#settings;
    if (drillDays === 0) return false;
    try {
      const drills = (await this.#ports.list()).map(({ check }) => Date.parse(check?.drill?.at ?? '1970-01-01'));
      return this.#ports.wallMs() - Math.max(0, ...drills) >= drillDays * DAY_MS;
    } catch (error) {
      this.#ports.report('backup_failed', `drill: ${(error as Error).message}`);
      return false;
    }
  }
}

const idOf = (result: BackupResult): string | null =>
  'backup' in result && typeof result.backup === 'object' ? result.backup.id : null;

/** A verification or a drill that ran to its end, and found something. */
function failureIn(result: BackupResult): Ended['failure'] {
  const wrong = ('sound' in result && !result.sound) || ('passed' in result && !result.passed);
  if (!wrong) return null;
  return { code: 'backup_damaged', detail: 'detail' in result ? (result.detail ?? '') : '' };
}
