/**
 * Changes to documents over all workers.
 *
 * ```
 * applyAll ─▶ journal (fsync) ─▶ outcome            the caller knows that it is durable
 *               └─▶ prepared once ─▶ feed ─▶ every worker applies it ─▶ visible
 * ```
 * The feed keeps what was prepared until a generation has it: for workers that are born, and for a generation that is about to
 * serve. Where one is to serve that covers less than the last, the journal is read again from where that one ends.
 */
import { join } from 'node:path';
import { Changes, type Operation, type Outcome } from '../../engine/changes/index.ts';
import type { Clock } from '../../engine/clock.ts';
import type { EngineConfig } from '../../engine/config.ts';
import { EngineError } from '../../engine/errors.ts';
import { stateName } from '../../engine/index.ts';
import { damageError, type Recovery } from '../../engine/journal/index.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import type { Manifest } from '../../engine/store/index.ts';
import type { EnginePool, Kept, PreparePool } from '../pool/index.ts';
import type { Feed } from './feed.ts';
import { Preparation } from './preparation.ts';
import { baseOf, documentOf, type Look, lookIn } from './serving-base.ts';
import { Turns } from './turns.ts';
import { Visibility } from './visibility.ts';

export interface LiveParts {
  readonly config: EngineConfig;
  readonly clock: Clock;
  readonly pool: Pick<EnginePool, 'serving' | 'catchUp'>;
  readonly prepare: PreparePool;
  readonly feed: Feed;
  /** What an operator should know; as an event, and a line of the log. */
  readonly report: (code: 'journal_damaged' | 'change_unprepared' | 'journal_refused', detail: string) => void;
}

export interface LiveDocument {
  readonly version: number;
  readonly document: SourcePost;
}

export interface LiveStatus {
  /** Changed documents that no merge has taken, deleted ones included; and bytes of them in memory. */
  readonly documents: number;
  readonly bytes: number;
  /** Of the last durable change. */
  readonly sequence: number;
  /** Up to where every search tells of changes. */
  readonly visibleSequence: number;
  readonly journal: { readonly segments: number; readonly bytes: number };
  /** What was found damaged when the journal was read. */
  readonly damage: readonly string[];
  /** Why changes are refused; null where they are taken. */
  readonly refusal: string | null;
}

/** Documents that are prepared together: some hundred milliseconds with a model. */
const BATCH = 16;

export class LiveDocuments {
  readonly #parts: LiveParts;
  readonly #look: Look;
  readonly #preparation: Preparation;
  readonly #end = new AbortController();
  /** Pumping, merging and going over to another generation, one after another. */
  readonly #turns = new Turns();
  readonly #visibility = new Visibility();
  /** Calls under way, which must end before the journal is opened again. */
  readonly #calls = new Set<Promise<unknown>>();
  #changes: Changes | null = null;
  #refusal: EngineError | null = null;
  #damage: readonly string[] = [];
  /** While it is not null, calls wait for it. */
  #shut: { readonly promise: Promise<void>; readonly open: () => void } | null = null;
  /** Up to here the table has forgotten. */
  #floor = 0;
  /** Up to here changes are in the feed. */
  #prepared = 0;
  #pumping: Promise<void> | null = null;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#look = lookIn(parts.pool);
    const { prepare: pool, report } = parts;
    this.#preparation = new Preparation({ pool, report, signal: this.#end.signal });
  }

  /**
   * Opens the journal beside the generation that serves; resolves when every search tells of what is in it.
   *
   * Where another process has it, changes are refused, and taken as soon as that one has let go.
   *
   * @throws EngineError index_foreign | index_unreadable
   */
  async start(): Promise<void> {
    await this.#turns.take(() => this.#open(this.#parts.pool.serving.manifest));
    await this.#pump();
  }

  /** As {@link Changes.applyAll}; every outcome is refused where the journal cannot be had. */
  async applyAll(operations: readonly Operation[]): Promise<Outcome[]> {
    return this.#call(async () => {
      if (this.#changes === null) await this.#turns.take(() => this.#tryAgain());
      const changes = this.#changes;
      if (changes === null) return operations.map(() => ({ kind: 'refused', error: this.#refusal! }));
      return changes.applyAll(operations);
    });
  }

  async apply(operation: Operation): Promise<Outcome> {
    const [outcome] = await this.applyAll([operation]);
    return outcome!;
  }

  /** A document as it is durable; null where there is none. @throws EngineError index_damaged */
  async get(id: string): Promise<LiveDocument | null> {
    return this.#call(async () => {
      const changed = this.#changes?.get(id);
      const found = changed ?? (await this.#look(id, true));
      return found === null || found.document === null
        ? null
        : { version: found.version, document: documentOf(found.document) };
    });
  }

  /** Resolves when every search tells of the change of that version, which must be durable. @throws EngineError draining */
  visible(version: number): Promise<void> {
    return this.#visibility.wait(version);
  }

  /** By what answers are known now: it changes with each change that is in them. */
  get state(): string {
    const { pool, feed } = this.#parts;
    const { manifest } = pool.serving;
    return stateName(manifest.generation, feed.stateOf(manifest));
  }

  status(): LiveStatus {
    const status = this.#changes?.status;
    return {
      documents: status?.documents ?? 0,
      bytes: status?.bytes ?? 0,
      sequence: status?.durableSequence ?? 0,
      visibleSequence: this.#visibility.sequence,
      journal: status?.journal ?? { segments: 0, bytes: 0 },
      damage: this.#damage,
      refusal: this.#refusal?.message ?? null,
    };
  }

  /** Up to which sequence of this journal a generation has changes itself. */
  coverageOf({ journal }: Manifest): number {
    return journal !== undefined && journal.history === this.#changes?.history ? journal.sequence : 0;
  }

  /** A generation that is open in every worker gets what it lacks. Calls wait from here on where it covers less than the last. */
  follow(kept: Kept): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#changes === null) return;
      if (this.coverageOf(kept.manifest) < this.#floor) {
        this.#close();
        await Promise.allSettled(this.#calls);
        await this.#reopen(kept.manifest);
      }
      await this.#parts.pool.catchUp(kept);
    });
  }

  /** It serves: what it has itself is forgotten. */
  serves({ manifest }: Kept): void {
    const covered = this.coverageOf(manifest);
    if (this.#changes !== null && covered > this.#floor) {
      this.#changes.merged(covered);
      this.#parts.feed.drop(covered);
      this.#floor = covered;
    }
    this.#shut?.open();
  }

  /** It was to serve, and will not. */
  async forget(): Promise<void> {
    if (this.#shut === null) return;
    try {
      await this.#turns.take(() => this.#reopen(this.#parts.pool.serving.manifest));
    } finally {
      this.#shut?.open();
    }
  }

  /** Waits for what is on its way and ends the journal in order. */
  async close(): Promise<void> {
    this.#end.abort(new EngineError('draining', 'The server is shutting down'));
    this.#visibility.close();
    await this.#turns.take(() => Promise.resolve());
    await this.#changes?.close();
    await this.#parts.prepare.close();
  }

  async #open({ journal }: Pick<Manifest, 'journal'>): Promise<void> {
    const { config, clock, report } = this.#parts;
    const { directory, changes: settings } = config.index;
    const covered = journal ?? null;
    try {
      const { changes, recovery } = await Changes.open({
        folder: join(directory, 'journal'),
        settings,
        covered,
        base: baseOf(this.#look),
        clock,
        journal: { writer: 'thread' },
      });
      this.#took(changes, recovery);
      this.#floor = covered?.history === changes.history ? covered.sequence : 0;
      this.#prepared = this.#floor;
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'index_busy')) throw error;
      if (this.#refusal === null) report('journal_refused', error.message);
      this.#refusal = error;
    }
  }

  #took(changes: Changes, { damage }: Recovery): void {
    this.#changes = changes;
    this.#refusal = null;
    this.#damage = damage.map((one) => damageError(one).message);
    for (const detail of this.#damage) this.#parts.report('journal_damaged', detail);
    // It fails only where the end came first.
    changes.onDurable(() => void this.#pump().catch(() => {}));
  }

  async #tryAgain(): Promise<void> {
    if (this.#changes === null && !this.#end.signal.aborted) await this.#open(this.#parts.pool.serving.manifest);
  }

  /** The journal from where this generation ends. What was prepared is not prepared again. */
  async #reopen(manifest: Manifest): Promise<void> {
    await this.#changes?.close();
    this.#changes = null;
    await this.#open(manifest);
    while (await this.#prepareSome());
  }

  /** Resolves when all that is durable is visible. */
  #pump(): Promise<void> {
    this.#pumping ??= this.#pumpAll().finally(() => {
      this.#pumping = null;
    });
    return this.#pumping;
  }

  async #pumpAll(): Promise<void> {
    const { pool } = this.#parts;
    const some = async (): Promise<boolean> => {
      const more = await this.#prepareSome();
      // A thread applies what is in the feed before it answers; those that are idle may do it now.
      this.#visibility.reach(this.#prepared);
      await pool.catchUp(pool.serving);
      return more;
    };
    while (await this.#turns.take(some));
  }

  /** False where all that is durable was prepared. */
  async #prepareSome(): Promise<boolean> {
    const { feed, pool } = this.#parts;
    if (this.#changes === null || this.#end.signal.aborted) return false;
    const { upTo, changes } = this.#changes.since(this.#prepared);
    const batch = changes.slice(0, BATCH);
    const fresh = batch.filter(({ id, version }) => !feed.has(id, version));
    feed.add(await this.#preparation.prepare(fresh, pool.serving.manifest));
    this.#prepared = batch.length === changes.length ? upTo : batch.at(-1)!.version;
    return this.#prepared < this.#changes.status.durableSequence;
  }

  async #call<Result>(make: () => Promise<Result>): Promise<Result> {
    while (this.#shut !== null) await this.#shut.promise;
    const call = make();
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  #close(): void {
    let open = (): void => {};
    const promise = new Promise<void>((resolve) => {
      open = () => {
        this.#shut = null;
        resolve();
      };
    });
    this.#shut = { promise, open };
  }
}
