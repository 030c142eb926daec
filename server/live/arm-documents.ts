/**
 * Changed documents in generations of arms, which answer beside the one that serves.
 *
 * One that was built with the models of the one that serves gets what was prepared for that. Others get their own, made by a thread of
 * their own, so that a model that is tried keeps no change from those who do not try it; there a change is found a little later.
 * A generation that lacks changes which nobody remembers any more is lost: it would give answers of the past.
 */
import type { ChangesSince } from '../../engine/changes/index.ts';
import { EngineError } from '../../engine/errors.ts';
import type { PreparedChanges } from '../../engine/index.ts';
import type { Manifest } from '../../engine/store/index.ts';
import type { ChangeFeed, EnginePool, Kept, PreparePool } from '../pool/index.ts';
import type { LiveParts } from './contract.ts';
import { Feed } from './feed.ts';
import { Preparation } from './preparation.ts';

/** What is known of changes, as LiveDocuments has it. */
export interface Followed {
  /** Up to here they are in the generation that serves, and forgotten. */
  readonly floor: number;
  coverageOf(generation: Manifest): number;
  /** Null while there is no journal. */
  since(sequence: number): ChangesSince | null;
}

export interface ArmDocumentsParts {
  readonly live: Followed;
  /** Of what serves. */
  readonly feed: ChangeFeed;
  readonly pool: Pick<EnginePool, 'serving' | 'catchUp'>;
  /** Opens the thread that prepares. */
  readonly openPrepare: () => PreparePool;
  readonly report: LiveParts['report'];
  /** Told of generations that cannot answer any more. */
  readonly lost: (generation: string, reason: EngineError) => void;
}

interface Copy {
  readonly kept: Kept;
  /** Null where what was prepared for the generation that serves fits it. */
  readonly own: {
    readonly feed: Feed;
    readonly preparation: Preparation;
    readonly prepare: PreparePool;
    readonly end: AbortController;
    upTo: number;
    pumping: Promise<void> | null;
  } | null;
}

/** Documents that are prepared together. */
const BATCH = 4;
/** After so long a model that prepares them is taken for hung. */
const PREPARING_MS = 60_000;

export class ArmDocuments implements ChangeFeed {
  readonly #parts: ArmDocumentsParts;
  readonly #copies = new Map<string, Copy>();

  constructor(parts: ArmDocumentsParts) {
    this.#parts = parts;
  }

  /** Whether there are any: changes are then kept as long as there is room, since a merge would end them. */
  get any(): boolean {
    return this.#copies.size > 0;
  }

  next(generation: Manifest, applied: number | null): PreparedChanges | null {
    const own = this.#copies.get(generation.generation)?.own;
    return (own?.feed ?? this.#parts.feed).next(generation, applied);
  }

  /**
   * A generation that is open in every worker gets what changed since it was built, and whatever changes from now on.
   *
   * @throws EngineError index_unfit where some of that is not known any more
   */
  async follow(kept: Kept): Promise<void> {
    const { live, pool, report } = this.#parts;
    const { manifest } = kept;
    this.#requireKnown(manifest);
    const copy: Copy = { kept, own: sameModels(manifest, pool.serving.manifest) ? null : this.#own(manifest, report) };
    this.#copies.set(manifest.generation, copy);
    await this.#pump(copy);
    if (copy.own === null) await pool.catchUp(kept);
    // It may have been lost meanwhile.
    if (live.coverageOf(manifest) < live.floor) this.#requireKnown(manifest);
  }

  /** No longer asked for. */
  forget(generation: string): void {
    const own = this.#copies.get(generation)?.own;
    this.#copies.delete(generation);
    own?.end.abort(new EngineError('draining', 'The arm ended'));
    // A model that hangs must not hold up whoever is done with it.
    void own?.prepare.close();
  }

  /** Something is durable. */
  changed(): void {
    for (const copy of this.#copies.values()) void this.#pump(copy);
  }

  /** What serves was prepared for, and every thread has it. */
  async catchUp(): Promise<void> {
    for (const { kept, own } of this.#copies.values()) if (own === null) await this.#parts.pool.catchUp(kept);
  }

  /** Another generation serves. */
  served(): void {
    const { live, pool } = this.#parts;
    for (const { kept, own } of this.#copies.values()) {
      const { manifest } = kept;
      if (live.coverageOf(manifest) < live.floor) this.#lose(manifest, unknownChanges(manifest));
      else if (own === null && !sameModels(manifest, pool.serving.manifest))
        this.#lose(manifest, unfit(manifest, 'an index that was built with other models serves now'));
    }
  }

  close(): void {
    for (const generation of [...this.#copies.keys()]) this.forget(generation);
  }

  #own(manifest: Manifest, report: LiveParts['report']): NonNullable<Copy['own']> {
    const { live, openPrepare } = this.#parts;
    const end = new AbortController();
    const prepare = openPrepare();
    return {
      feed: new Feed((one) => live.coverageOf(one)),
      preparation: new Preparation({ pool: prepare, report, signal: end.signal }),
      prepare,
      end,
      upTo: live.coverageOf(manifest),
      pumping: null,
    };
  }

  #pump(copy: Copy): Promise<void> {
    const { own } = copy;
    if (own === null) return Promise.resolve();
    own.pumping ??= this.#pumpAll(copy, own).finally(() => {
      own.pumping = null;
    });
    return own.pumping;
  }

  async #pumpAll({ kept }: Copy, own: NonNullable<Copy['own']>): Promise<void> {
    const { live, pool } = this.#parts;
    const { manifest } = kept;
    try {
      while (!own.end.signal.aborted && live.coverageOf(manifest) >= live.floor) {
        const since = live.since(own.upTo);
        if (since === null || since.upTo <= own.upTo) return;
        const batch = since.changes.slice(0, BATCH);
        own.feed.add(await inTime(own.preparation.prepare(batch, manifest)));
        own.upTo = batch.length === since.changes.length ? since.upTo : batch.at(-1)!.version;
        await pool.catchUp(kept);
      }
    } catch (error) {
      if (!own.end.signal.aborted) this.#lose(manifest, unfit(manifest, (error as Error).message));
    }
  }

  #lose({ generation }: Manifest, reason: EngineError): void {
    const known = this.#copies.get(generation);
    if (known === undefined || known.own?.end.signal.aborted) return;
    known.own?.end.abort(reason);
    this.#parts.lost(generation, reason);
  }

  #requireKnown(manifest: Manifest): void {
    const { live } = this.#parts;
    if (live.coverageOf(manifest) < live.floor) throw unknownChanges(manifest);
  }
}

const sameModels = (one: Manifest, other: Manifest): boolean =>
  JSON.stringify([one.embedder, one.reranker]) === JSON.stringify([other.embedder, other.reranker]);

const unfit = ({ generation }: Manifest, why: string): EngineError =>
  new EngineError('index_unfit', `Cannot answer from ${generation} as an arm: ${why}`, {
    value: generation,
    remedy: 'Build it again: wp-chat index',
  });

const unknownChanges = (manifest: Manifest): EngineError =>
  unfit(manifest, 'the index that serves has changes that it lacks');

async function inTime<Result>(preparing: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`documents were not prepared in ${PREPARING_MS / 1000} s`)),
      PREPARING_MS,
    );
  });
  try {
    return await Promise.race([preparing, late]);
  } finally {
    clearTimeout(timer);
  }
}
