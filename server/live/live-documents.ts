/**
 * Changes to documents over all workers.
 *
 * ```
 * applyAll ─▶ journal (fsync) ─▶ outcome            the caller knows that it is durable
 *               └─▶ prepared once ─▶ feed ─▶ every worker applies it ─▶ visible
 * ```
 * The feed keeps what was prepared until a generation has it: for workers that are born, and for a generation that is about to
 * serve. Where one is to serve that covers less than the last, the journal is read again from where that one ends; where one is
 * that goes with another journal, that one is opened.
 */
import type { MergedChange } from '../../engine/build/index.ts';
import { type ChangedDocument, Changes, type Operation, type Outcome } from '../../engine/changes/index.ts';
import { EngineError } from '../../engine/errors.ts';
import { stateName } from '../../engine/index.ts';
import { type Coverage, damageError, type Recovery } from '../../engine/journal/index.ts';
import type { Manifest } from '../../engine/store/index.ts';
import type { Kept } from '../pool/index.ts';
import type { LiveDocument, LiveParts, LiveStatus } from './contract.ts';
import { coveredIn } from './feeds.ts';
import { Gate } from './gate.ts';
import type { Mergeable, Sealed } from './merging.ts';
import { Preparation } from './preparation.ts';
import { baseOf, documentOf, type Look, lookIn } from './serving-base.ts';
import { Turns } from './turns.ts';
import { Visibility } from './visibility.ts';

/** Documents that are prepared together, and become visible together: the first waits for the last. */
const BATCH = 4;

export class LiveDocuments implements Mergeable {
  readonly #parts: LiveParts;
  readonly #look: Look;
  readonly #preparation: Preparation;
  readonly #end = new AbortController();
  /** Pumping, merging and going over to another generation, one after another. */
  readonly #turns = new Turns();
  readonly #visibility = new Visibility();
  readonly #gate = new Gate();
  #changes: Changes | null = null;
  /** Of the journal that it is. */
  #folder = '';
  #refusal: EngineError | null = null;
  #damage: readonly string[] = [];
  /** Up to here the table has forgotten. */
  #floor = 0;
  /** Up to here changes are in the feed. */
  #prepared = 0;
  #pumping: Promise<void> | null = null;
  /** Since when there are changes that no merge has taken. */
  #sinceMs: number | null = null;

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
    return this.#gate.pass(async () => {
      if (this.#changes === null) {
        await this.#turns.take(() => this.#tryAgain());
        await this.#pump();
      }
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
    return this.#gate.pass(async () => {
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

  /** Of the last durable change; null where the journal cannot be had. */
  get position(): Coverage | null {
    const changes = this.#changes;
    return changes && { history: changes.history, sequence: changes.status.durableSequence };
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
    return coveredIn(journal, this.#changes?.history);
  }

  /**
   * A generation that is open in every worker gets what it lacks. Calls wait from here on where it covers less than the last, or goes
   * with another journal, as one does that was restored.
   */
  follow(kept: Kept): Promise<void> {
    return this.#turns.take(async () => {
      const another = this.#parts.feed.folderOf(kept.manifest) !== this.#folder;
      if (this.#changes === null && !another) return;
      if (another || this.coverageOf(kept.manifest) < this.#floor) {
        const empty = this.#gate.shut();
        // Without a journal nobody is inside who could change anything, but may be one who waits for this turn.
        if (this.#changes !== null) await empty;
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
      this.#sinceMs = null;
    }
    this.#parts.feed.keepOnly(this.#folder);
    this.#gate.open();
  }

  /** It was to serve, and will not. */
  async forget(): Promise<void> {
    if (!this.#gate.isShut) return;
    try {
      await this.#turns.take(() => this.#reopen(this.#parts.pool.serving.manifest));
    } finally {
      this.#gate.open();
    }
  }

  pending(): ReturnType<Mergeable['pending']> {
    const { documents = 0, bytes = 0 } = this.#changes?.status ?? {};
    if (documents === 0) this.#sinceMs = null;
    else this.#sinceMs ??= this.#parts.clock.wallMs();
    return { documents, bytes, sinceMs: this.#sinceMs };
  }

  /** All that is durable now, prepared, for a merge into what serves. */
  seal(): Promise<Sealed> {
    return this.#turns.take(async () => {
      const changes = this.#changes;
      if (changes === null) throw this.#refusal ?? new EngineError('draining', 'The server is shutting down');
      const { upTo, changes: sealed, coverage } = await changes.seal();
      while (this.#prepared < upTo && this.#isBehind) await this.#prepareSome();
      this.#visibility.reach(this.#prepared);
      const { manifest } = this.#parts.pool.serving;
      const merged: MergedChange[] = [];
      for (const change of sealed) merged.push(await this.#sealedOf(change, manifest));
      const { lacking } = this.#preparation;
      if (lacking !== null) throw new EngineError('model_missing', `Cannot merge without the models: ${lacking}`);
      return { job: { from: manifest.generation, changed: sealed.map(({ id }) => id), coverage }, changes: merged };
    });
  }

  removeJournal({ history, sequence }: Coverage): Promise<void> {
    return this.#turns.take(async () => {
      // Another may have been taken up meanwhile.
      if (this.#changes?.history === history) await this.#changes.removeJournal(sequence);
    });
  }

  /** Waits for what is on its way and ends the journal in order. */
  async close(): Promise<void> {
    this.#end.abort(new EngineError('draining', 'The server is shutting down'));
    this.#visibility.close();
    await this.#turns.take(() => Promise.resolve());
    await this.#changes?.close();
    await this.#parts.prepare.close();
  }

  async #open(manifest: Pick<Manifest, 'journal'>): Promise<void> {
    const { config, clock, report, feed } = this.#parts;
    const { changes: settings } = config.index;
    const covered = manifest.journal ?? null;
    this.#folder = feed.folderOf(manifest);
    try {
      const { changes, recovery } = await Changes.open({
        folder: this.#folder,
        settings,
        covered,
        base: baseOf(this.#look),
        clock,
        journal: { writer: 'thread' },
      });
      feed.turnTo(this.#folder, changes.history);
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
    while (this.#isBehind) await this.#prepareSome();
  }

  /** Resolves when all that is durable is visible. */
  #pump(): Promise<void> {
    this.#pumping ??= this.#pumpAll();
    return this.#pumping;
  }

  async #pumpAll(): Promise<void> {
    const { pool } = this.#parts;
    const some = async (): Promise<void> => {
      await this.#prepareSome();
      // A thread applies what is in the feed before it answers; those that are idle may do it now.
      this.#visibility.reach(this.#prepared);
      await pool.catchUp(pool.serving);
    };
    try {
      // More may have become durable at any point of this.
      do await this.#turns.take(some);
      while (this.#isBehind);
    } finally {
      // In the same breath as the last look: who comes later begins anew.
      this.#pumping = null;
    }
  }

  /** Whether something durable is not prepared yet. */
  get #isBehind(): boolean {
    const { aborted } = this.#end.signal;
    return !aborted && this.#changes !== null && this.#prepared < this.#changes.status.durableSequence;
  }

  async #prepareSome(): Promise<void> {
    const { feed, pool } = this.#parts;
    if (this.#changes === null || this.#end.signal.aborted) return;
    const { upTo, changes } = this.#changes.since(this.#prepared);
    const batch = changes.slice(0, BATCH);
    const fresh = batch.filter(({ id, version }) => feed.get(id, version) === undefined);
    feed.add(await this.#preparation.prepare(fresh, pool.serving.manifest));
    this.#prepared = batch.length === changes.length ? upTo : batch.at(-1)!.version;
  }

  /** A change as it was sealed: the feed may have a later one of the same document by now. */
  async #sealedOf(change: ChangedDocument, manifest: Manifest): Promise<MergedChange> {
    const { id, version, document } = change;
    if (document === null) return { id, version, put: null };
    const known = this.#parts.feed.get(id, version) ?? (await this.#preparation.prepare([change], manifest))[0]!;
    if (known.post !== null) return { id, version, put: { post: known.post, original: document } };
    throw new EngineError('internal', `Cannot merge a document that could not be prepared: ${id}`);
  }
}
