/** The living documents: see the door for what may be relied on. */
import type { Clock } from '../clock.ts';
import { EngineError } from '../errors.ts';
import { type Coverage, type Journal, type JournalSize, openJournal, type Recovery } from '../journal/index.ts';
import type { SourcePost } from '../source/index.ts';
import { type Base, type Known, lookUp, presentOf } from './base.ts';
import { type Decision, decide, digestOf, fault, type Present } from './decide.ts';
import type { KeySettings } from './keys.ts';
import type { Entry } from './living-table.ts';
import { idOf, type Operation, type Outcome } from './operation.ts';
import { decodeRecord, encodeChange, encodeKeys } from './record.ts';
import { State } from './state.ts';

export interface ChangesSettings extends KeySettings {
  /** Changed documents that no merge has taken yet, deleted ones included. */
  readonly documentsMax: number;
  /** Bytes of them in memory. A merge holds on to those that it was given, so there may be as much again while it runs. */
  readonly bytesMax: number;
  /** Bytes of one document in JSON. */
  readonly documentBytesMax: number;
  /** Bytes after which a file of the journal is followed by another. */
  readonly segmentBytesMax: number;
}

/** A document as it is, or that it is gone. */
export interface ChangedDocument {
  readonly id: string;
  readonly version: number;
  /** JSON of a {@link SourcePost}, in UTF-8; null of a deleted one. Must not be written to. */
  readonly document: Uint8Array | null;
}

export interface ChangesSince {
  /** Sequence that they bring one to. */
  readonly upTo: number;
  /** One of each id, in the order of their versions. */
  readonly changes: readonly ChangedDocument[];
}

export interface ChangesStatus {
  readonly documents: number;
  readonly bytes: number;
  readonly keys: number;
  readonly durableSequence: number;
  readonly journal: JournalSize;
}

export interface ChangesOptions {
  /** Of the journal; made where it is missing. */
  readonly folder: string;
  readonly settings: ChangesSettings;
  readonly covered: Coverage | null;
  readonly base: Base;
  readonly clock: Clock;
  /** See {@link openJournal}. */
  readonly journal: Pick<Parameters<typeof openJournal>[0], 'writer' | 'disk' | 'random'>;
}

/** Keys in one record of the journal. */
const KEYS_PER_RECORD = 1000;

export class Changes {
  readonly #settings: ChangesSettings;
  readonly #base: Base;
  readonly #clock: Clock;
  readonly #state: State;
  readonly #listeners = new Set<(upTo: number) => void>();
  #journal!: Journal;
  #close!: () => Promise<void>;
  /** Up to here changes are forgotten: the base has them. */
  #merged: number;

  /** @throws as {@link openJournal}; index_foreign for a record that this version does not know */
  static async open(options: ChangesOptions): Promise<{ readonly changes: Changes; readonly recovery: Recovery }> {
    const changes = new Changes(options);
    const { folder, covered } = options;
    const { segmentBytesMax } = options.settings;
    const state = changes.#state;
    const { journal, recovery, close } = await openJournal({
      ...options.journal,
      folder,
      segmentBytesMax,
      covered,
      take: (record, place) => state.restore(decodeRecord(record), place),
      listener: { durable: (sequence) => changes.#settle(sequence), refused: () => state.recall() },
    });
    changes.#journal = journal;
    changes.#close = close;
    changes.#merged = covered?.history === journal.history ? covered.sequence : 0;
    return { changes, recovery };
  }

  private constructor({ settings, base, clock }: ChangesOptions) {
    this.#settings = settings;
    this.#base = base;
    this.#clock = clock;
    this.#state = new State(settings);
    this.#merged = 0;
  }

  /** As {@link applyAll}, of one. */
  async apply(operation: Operation): Promise<Outcome> {
    const [outcome] = await this.applyAll([operation]);
    return outcome!;
  }

  /**
   * Does what is asked, one after another as they stand in the array, with one wait for the disk; an outcome for each, in their
   * order. It is no transaction: each is done or not for reasons of its own. Between calls that overlap there is no order.
   *
   * Resolved when all that it says is durable, that of operations before it included on which an answer rests.
   *
   * @throws EngineError draining when it was closed; what the base throws: then nothing was done
   */
  async applyAll(operations: readonly Operation[]): Promise<Outcome[]> {
    const known = await this.#lookUp(operations);
    const waits = operations.map((operation) => this.#do(operation, known));
    return Promise.all(
      waits.map(async ({ outcome, durable }) => {
        try {
          await durable;
          return outcome;
        } catch (error) {
          if (!(error instanceof EngineError)) throw error;
          return { kind: 'refused' as const, error };
        }
      }),
    );
  }

  /** A document that changed since the generation was built, as it is durable; undefined where the base has the last word. */
  get(id: string): ChangedDocument | undefined {
    const entry = this.#state.table.get(id);
    return entry === undefined ? undefined : shown(entry);
  }

  /**
   * What changed behind a sequence, durably, each document as it is now: for a worker that has applied all up to there. One that
   * begins with a generation asks from the sequence that its manifest names.
   *
   * @throws RangeError for a sequence before that of the last {@link merged}: such a worker must open the merged generation
   */
  since(sequence: number): ChangesSince {
    if (sequence < this.#merged) {
      throw new RangeError(`Changes are kept from ${this.#merged} on, not from before: ${sequence}`);
    }
    return { upTo: this.#journal.durableSequence, changes: this.#state.table.since(sequence).map(shown) };
  }

  /** Called when more is durable, before those who wait for it hear; it must not throw. Returns the end of it. */
  onDurable(listener: (upTo: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * What a merge is to put into a generation, whose manifest then names this history and `upTo`. Changes go on meanwhile, with
   * higher sequences. The journal begins another file, so that it can be rid of what comes before.
   *
   * @throws EngineError index_unwritable: nothing has changed
   */
  async seal(): Promise<ChangesSince & { readonly coverage: Coverage }> {
    await this.#journal.rotate();
    const { upTo, changes } = this.since(this.#merged);
    return { upTo, changes, coverage: { history: this.#journal.history, sequence: upTo } };
  }

  /**
   * A generation that holds all up to this sequence serves, its pointer is durable, and the base answers from it: the table
   * forgets them. Who still has the old generation must not ask {@link since} any more.
   */
  merged(upTo: number): void {
    this.#state.table.drop(upTo);
    this.#merged = Math.max(this.#merged, upTo);
  }

  /**
   * Removes the files of the journal that no generation needs.
   *
   * @param upTo the least sequence that any generation covers which may yet be served, the older ones that are kept to fall back to
   *   included; keys that only those files tell of are written anew before
   * @throws EngineError index_unwritable; all that is needed is still there
   */
  async removeJournal(upTo: number): Promise<void> {
    if (this.#journal.size.segments < 2) return;
    const wallMs = this.#clock.wallMs();
    const keys = this.#state.keys.toldUpTo(upTo, wallMs);
    for (let from = 0; from < keys.length; from += KEYS_PER_RECORD) {
      const some = keys.slice(from, from + KEYS_PER_RECORD);
      const { sequence, durable } = this.#journal.append(encodeKeys(some.map(({ toldBy: _, ...key }) => key)));
      await durable;
      for (const key of some) this.#state.keys.retold(key, sequence);
    }
    await this.#journal.remove(upTo);
  }

  /** Which journal this is: a generation's coverage counts only where it names the same. */
  get history(): string {
    return this.#journal.history;
  }

  get status(): ChangesStatus {
    const { documents, bytes } = this.#state.size;
    const { durableSequence, size } = this.#journal;
    return { documents, bytes, keys: this.#state.keys.size, durableSequence, journal: size };
  }

  /** Waits for what is on its way and ends the journal in order; operations after that are refused. Idempotent. */
  close(): Promise<void> {
    return this.#close();
  }

  #settle(sequence: number): void {
    this.#state.settle(sequence);
    for (const listener of this.#listeners) listener(sequence);
  }

  /** Asks again where meanwhile a merge or a refusal of the disk left the last word to the base. */
  async #lookUp(operations: readonly Operation[]): Promise<ReadonlyMap<string, Known>> {
    const changed = (id: string): boolean => this.#state.latest(id) !== undefined;
    for (;;) {
      const merged = this.#merged;
      const known = await lookUp(this.#base, operations, changed);
      const complete = operations.map(idOf).every((id) => known.has(id) || changed(id));
      if (complete && merged === this.#merged) return known;
    }
  }

  /** Without a wait, so that what is decided is what comes next in the journal. */
  #do(operation: Operation, known: ReadonlyMap<string, Known>): { outcome: Outcome; durable: Promise<void> } {
    const detail = fault(operation);
    if (detail !== null) return { outcome: { kind: 'invalid', detail }, durable: Promise.resolve() };
    const digest = operation.key === null ? '' : digestOf(operation);
    if (operation.key !== null) {
      const earlier = this.#state.knownKey(operation.key, this.#clock.wallMs());
      if (earlier !== undefined) {
        const { effect, version } = earlier;
        const outcome: Outcome =
          earlier.digest === digest ? { kind: effect, version, replayed: true } : { kind: 'keyReused' };
        return { outcome, durable: this.#journal.whenDurable(earlier.toldBy) };
      }
    }
    const id = idOf(operation);
    const entry = this.#state.latest(id);
    const present = entry === undefined ? presentOf(known.get(id)!) : presentIn(entry);
    const decision = this.#withinBounds(decide(operation, present, this.#settings.documentBytesMax), id);
    if (decision.kind === 'write')
      return this.#write(id, decision, operation.key === null ? null : { name: operation.key, digest });
    return { outcome: decision.outcome, durable: this.#journal.whenDurable(entry?.sequence ?? 0) };
  }

  #withinBounds(decision: Decision, id: string): Decision {
    if (decision.kind === 'answer') return decision;
    const { documents, bytes } = this.#state.size;
    const { documentsMax, bytesMax } = this.#settings;
    const full = (bound: 'documentsMax' | 'bytesMax', limit: number): Decision => ({
      kind: 'answer',
      outcome: { kind: 'full', bound, limit },
    });
    if (documents >= documentsMax && this.#state.latest(id) === undefined) return full('documentsMax', documentsMax);
    if (bytes + (decision.document?.length ?? 0) > bytesMax) return full('bytesMax', bytesMax);
    return decision;
  }

  #write(
    id: string,
    { effect, document }: Extract<Decision, { kind: 'write' }>,
    key: { readonly name: string; readonly digest: string } | null,
  ): { outcome: Outcome; durable: Promise<void> } {
    const wallMs = this.#clock.wallMs();
    const { sequence, durable } = this.#journal.append(encodeChange({ effect, wallMs, key, id, document }));
    this.#state.send({
      entry: { id, sequence, document },
      key: key === null ? null : { ...key, effect, wallMs, version: sequence, toldBy: sequence },
    });
    return { outcome: { kind: effect, version: sequence, replayed: false }, durable };
  }
}

const shown = ({ id, sequence, document }: Entry): ChangedDocument => ({ id, version: sequence, document });

function presentIn({ sequence, document }: Entry): Present | null {
  if (document === null) return null;
  return { version: sequence, document: () => JSON.parse(Buffer.from(document).toString()) as SourcePost };
}
