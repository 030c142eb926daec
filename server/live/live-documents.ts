/**
 * Changes to documents over all workers.
 *
 * ```
 * applyAll ─▶ journal (fsync) ─▶ outcome             the caller knows that it is durable
 *               └─▶ cut once ─▶ feed ─▶ every worker applies it ─▶ found by its words
 *                     └─▶ embedded ─▶ feed ─▶ every worker applies it ─▶ found by its meaning, too
 * ```
 * The feed keeps what was prepared until a generation has it: for workers that are born, and for a generation that is about to
 * serve. Where one is to serve that covers less than the last, the journal is read again from where that one ends; where one is
 * that goes with another journal, that one is opened.
 */
import type { MergedChange } from '../../engine/build/index.ts';
import type { ChangedDocument, Changes, ChangesSince, Operation, Outcome } from '../../engine/changes/index.ts';
import { EngineError } from '../../engine/errors.ts';
import type { Coverage } from '../../engine/journal/index.ts';
import type { Manifest } from '../../engine/store/index.ts';
import type { Kept } from '../pool/index.ts';
import { Turns } from '../turns.ts';
import { ChangeCounts } from './change-counts.ts';
import type { LiveDocument, LiveParts, LiveStatus, VisibleStep } from './contract.ts';
import { coveredIn } from './feeds.ts';
import { Gate } from './gate.ts';
import type { Mergeable, Sealed } from './merging.ts';
import { OpenJournal } from './open-journal.ts';
import { Preparation } from './preparation.ts';
import { Pump } from './pump.ts';
import { baseOf, documentOf, knownIn, type Look, lookIn } from './serving-base.ts';
import { Shown } from './shown.ts';

export class LiveDocuments implements Mergeable {
  readonly #parts: LiveParts;
  readonly #look: Look;
  readonly #preparation: Preparation;
  readonly #end = new AbortController();
  /** Pumping, merging and going over to another generation, one after another. */
  readonly #turns = new Turns();
  readonly #shown: Shown;
  readonly counts: ChangeCounts;
  readonly #gate = new Gate();
  readonly #journal: OpenJournal;
  readonly #pump: Pump;
  /** Up to here the table has forgotten. */
  #floor = 0;
  /** Since when there are changes that no merge has taken. */
  #sinceMs: number | null = null;

  constructor(parts: LiveParts) {
    this.#parts = parts;
    this.#look = lookIn(parts.pool);
    const { pool, feed, clock, prepare, report } = parts;
    const { signal } = this.#end;
    const preparation = new Preparation({ pool: prepare, known: knownIn(pool, feed), report, signal });
    this.#preparation = preparation;
    this.counts = new ChangeCounts(clock);
    this.#shown = new Shown({ pool, feed, preparation, clock, counts: this.counts, signal });
    this.#journal = new OpenJournal({
      ...parts,
      base: baseOf(this.#look),
      durable: (from, to) => this.#durable(from, to),
    });
    const [turns, shown] = [this.#turns, this.#shown];
    this.#pump = new Pump({ ...parts, preparation, shown, turns, changes: () => this.#changes, signal });
  }

  get #changes(): Changes | null {
    return this.#journal.changes;
  }

  #durable(from: number, to: number): void {
    this.counts.durable(from, to);
    // It fails only where the end came first.
    void this.#pump.run().catch(() => {});
    this.#parts.arms().changed();
  }

  /**
   * Opens the journal beside the generation that serves; resolves when every search finds what is in it by its words.
   *
   * Where another process has it, changes are refused, and taken as soon as that one has let go.
   *
   * @throws EngineError index_foreign | index_unreadable
   */
  async start(): Promise<void> {
    await this.#turns.take(() => this.#open(this.#parts.pool.serving.manifest));
    await this.#pump.run();
  }

  /** As {@link Changes.applyAll}; every outcome is refused where the journal cannot be had. */
  async applyAll(operations: readonly Operation[]): Promise<Outcome[]> {
    return this.#gate.pass(async () => {
      if (this.#changes === null) {
        await this.#turns.take(() => this.#tryAgain());
        await this.#pump.run();
      }
      const changes = this.#changes;
      if (changes === null) return operations.map(() => ({ kind: 'refused', error: this.#journal.refusal! }));
      const outcomes = await changes.applyAll(operations);
      this.counts.came(outcomes);
      return outcomes;
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

  /**
   * Resolves when every search tells of the change of that version, which must be durable; from then on no answer from before is
   * given again. @throws EngineError draining
   */
  visible(version: number, step: VisibleStep = 'whole'): Promise<void> {
    return this.#shown.visible(version, step);
  }

  /** For how long, milliseconds, answers have not been known by that name; null where that is long ago, or somebody may not see them. */
  goneForMs(state: string): number | null {
    return this.#shown.goneForMs(state);
  }

  /** By what answers are known now: it changes with each change that is in them. */
  get state(): string {
    return this.#shown.state;
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
      visibleSequence: this.#shown.sequence('words'),
      vectorsSequence: this.#shown.sequence('whole'),
      journal: status?.journal ?? { segments: 0, bytes: 0 },
      damage: this.#journal.damage,
      refusal: this.#journal.refusal?.message ?? null,
    };
  }

  /** Up to which sequence of this journal a generation has changes itself. */
  coverageOf({ journal }: Manifest): number {
    return coveredIn(journal, this.#changes?.history);
  }

  /** Up to here changes are in the generation that serves. */
  get floor(): number {
    return this.#floor;
  }

  /** As {@link Changes.since}; null where there is no journal. */
  since(sequence: number): ChangesSince | null {
    return this.#changes?.since(sequence) ?? null;
  }

  /**
   * A generation that is open in every worker gets what it lacks. Calls wait from here on where it covers less than the last, or goes
   * with another journal, as one does that was restored.
   */
  follow(kept: Kept): Promise<void> {
    return this.#turns.take(async () => {
      const another = this.#parts.feed.folderOf(kept.manifest) !== this.#journal.folder;
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
      this.#shown.drop(covered);
      this.#floor = covered;
      this.#sinceMs = null;
    }
    this.#parts.feed.keepOnly(this.#journal.folder);
    this.#gate.open();
    this.#parts.arms().served();
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

  /** All that is durable now, with its vectors, for a merge into what serves. */
  async seal(): Promise<Sealed> {
    const { pool } = this.#parts;
    const taken = await this.#turns.take(async () => {
      const changes = this.#changes;
      if (changes === null) throw this.#journal.refusal ?? new EngineError('draining', 'The server is shutting down');
      return { ...(await changes.seal()), manifest: pool.serving.manifest };
    });
    const { upTo, changes, coverage, manifest } = taken;
    await this.#pump.run();
    // Nothing waits for this: changes go on.
    await this.#shown.wait(upTo, 'whole');
    const merged: MergedChange[] = [];
    for (const change of changes) merged.push(await this.#sealedOf(change, manifest));
    const { lacking } = this.#preparation;
    if (lacking !== null) throw new EngineError('model_missing', `Cannot merge without the models: ${lacking}`);
    return { job: { from: manifest.generation, changed: changes.map(({ id }) => id), coverage }, changes: merged };
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
    this.#shown.close();
    await this.#turns.take(() => Promise.resolve());
    await this.#shown.settled();
    await this.#journal.close();
    await this.#parts.prepare.close();
  }

  async #open(manifest: Pick<Manifest, 'journal'>): Promise<void> {
    const covered = await this.#journal.open(manifest);
    if (covered === null) return;
    this.#floor = covered;
    this.#shown.preparedTo = covered;
  }

  async #tryAgain(): Promise<void> {
    if (this.#changes === null && !this.#end.signal.aborted) await this.#open(this.#parts.pool.serving.manifest);
  }

  /** The journal from where this generation ends. What was prepared is not prepared again. */
  async #reopen(manifest: Manifest): Promise<void> {
    await this.#journal.close();
    this.#journal.changes = null;
    await this.#open(manifest);
    await this.#pump.prepareAll();
  }

  /** A change as it was sealed: the feed may have a later one of the same document by now. */
  async #sealedOf(change: ChangedDocument, manifest: Manifest): Promise<MergedChange> {
    const { id, version, document } = change;
    if (document === null) return { id, version, put: null };
    const known = this.#parts.feed.get(id, version) ?? (await this.#preparation.whole(change, manifest));
    if (known.post !== null) return { id, version, put: { post: known.post, original: document } };
    throw new EngineError('internal', `Cannot merge a document that could not be prepared: ${id}`);
  }
}
