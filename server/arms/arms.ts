/**
 * Takes variants up, and gives up what none of them needs any more.
 *
 * ```
 * models ─▶ each in processes of its own, which prove that they answer
 * generations ─▶ leased, read, opened in every worker, given what changed since they were built
 * then, in one step, what the workers know; and only then what is not needed any more is let go of
 * ```
 * Whatever fails before that step leaves everything as it was.
 */
import { EngineError } from '../../engine/errors.ts';
import { type Fault, faultsSchema, Strikes } from '../../engine/faults.ts';
import type { OutsideScores, SearchRequest, Unscored } from '../../engine/types.ts';
import { parseVariants, type Variant } from '../../engine/variant.ts';
import type { ArmDocuments } from '../live/index.ts';
import type { OutsideModels } from '../outside/index.ts';
import type { EnginePool, Kept } from '../pool/index.ts';
import { Turns } from '../turns.ts';
import type { Board } from './board.ts';
import type { ArmsControl } from './contract.ts';

export interface ArmsParts {
  readonly board: Board;
  readonly pool: Pick<EnginePool, 'serving' | 'open' | 'letGo' | 'arm'>;
  readonly outside: Pick<OutsideModels, 'open' | 'keep' | 'score' | 'release' | 'close'>;
  readonly documents: Pick<ArmDocuments, 'follow' | 'forget' | 'close'>;
  /** Reads a generation into memory. */
  readonly load: (generation: string) => Promise<Kept>;
  /** Keeps a generation on the disk until the returned function is called. */
  readonly lease: (generation: string) => () => void;
  /** Generations that one takes over from the other right now. */
  readonly swapping: () => readonly string[];
  /** Whether models may be made to fail. */
  readonly faultsAllowed: boolean;
  readonly report: (event: 'arm_lost', detail: string) => void;
}

interface Held {
  readonly kept: Kept;
  readonly release: () => void;
}

export class Arms implements ArmsControl {
  readonly #parts: ArmsParts;
  readonly #turns = new Turns();
  readonly #held = new Map<string, Held>();
  #strikes = new Strikes([]);
  readonly #listeners: ((name: string, reason: EngineError) => void)[] = [];
  /** What was stopped since each call that is under way began. */
  readonly #stoppedSince = new Set<Set<string>>();

  constructor(parts: ArmsParts) {
    this.#parts = parts;
  }

  get variants(): readonly Variant[] {
    return this.#parts.board.state.variants.map(({ variant }) => variant);
  }

  async setVariants(variants: readonly Variant[]): Promise<void> {
    const parsed = parseVariants(variants);
    const stopped = new Set<string>();
    this.#stoppedSince.add(stopped);
    try {
      await this.#turns.take(() => this.#set(parsed, stopped));
    } finally {
      this.#stoppedSince.delete(stopped);
    }
  }

  stopVariants(names: readonly string[]): void {
    const { board, outside } = this.#parts;
    board.stop(names);
    for (const stopped of this.#stoppedSince) for (const name of names) stopped.add(name);
    outside.release(names);
  }

  async setFaults(faults: readonly Fault[]): Promise<void> {
    const { board, pool, faultsAllowed } = this.#parts;
    if (!faultsAllowed && faults.length > 0)
      throw new EngineError('forbidden', 'Faults are injected only into a process that was started for it', {
        field: 'server.faults',
        value: false,
        expected: 'true',
        remedy: 'Start it with --set server.faults=true, and never where users are served',
      });
    const parsed = faultsSchema.parse(faults);
    board.strikeWith(parsed);
    this.#strikes = new Strikes(parsed);
    await pool.arm();
  }

  onArmLost(told: (name: string, reason: EngineError) => void): void {
    this.#listeners.push(told);
  }

  /** For the batcher: a model outside the workers is asked. */
  score(asked: Unscored, request: SearchRequest): Promise<OutsideScores> {
    return this.#parts.outside.score(asked, request, this.#strikes.meeting('reranker', request.variants));
  }

  /** A generation cannot answer any more: its variants are stopped at once, and it is let go of. */
  lost(generation: string, reason: EngineError): void {
    const { report } = this.#parts;
    const names = this.variants.filter((variant) => variant.generation === generation).map(({ name }) => name);
    this.stopVariants(names);
    for (const name of names) {
      report('arm_lost', `${name}: ${reason.message}`);
      for (const told of this.#listeners) told(name, reason);
    }
    void this.#turns.take(() => this.#letGo([generation]));
  }

  /** It is about to serve itself. */
  async giveUp(generation: string): Promise<void> {
    await this.#turns.take(() => Promise.resolve());
    if (!this.#held.has(generation)) return;
    this.lost(generation, new EngineError('index_unfit', `${generation} serves now, and is no arm any more`));
    await this.#turns.take(() => Promise.resolve());
  }

  /** Before the pool is closed. */
  async close(): Promise<void> {
    const { outside, documents } = this.#parts;
    await this.#turns.take(() => Promise.resolve());
    documents.close();
    outside.close();
    for (const { release } of this.#held.values()) release();
  }

  async #set(variants: readonly Variant[], stopped: ReadonlySet<string>): Promise<void> {
    const { board, pool, outside } = this.#parts;
    const modelsBefore = modelsOf(this.variants);
    const generationsBefore = new Set(this.#held.keys());
    try {
      for (const variant of variants) {
        await named(variant, 'reranker', (model) => outside.open(model));
        await named(variant, 'generation', (generation) => this.#hold(generation));
      }
    } catch (error) {
      outside.keep(modelsBefore);
      await this.#letGo([...this.#held.keys()].filter((generation) => !generationsBefore.has(generation)));
      throw error;
    }
    const needed = new Set(variants.map(({ generation }) => generation));
    const unneeded = [...this.#held.keys()].filter((generation) => !needed.has(generation));
    board.kepts = this.#keptsWithout(unneeded);
    board.show(variants, stopped);
    await pool.arm();
    outside.keep(modelsOf(variants));
    await this.#letGo(unneeded);
  }

  async #hold(generation: string): Promise<void> {
    if (this.#held.has(generation)) return;
    const { pool, documents, load, lease, swapping } = this.#parts;
    if (pool.serving.manifest.generation === generation)
      throw new EngineError('variant_invalid', 'It serves already: leave the field null', {
        expected: 'another generation than the one that serves',
      });
    if (swapping().includes(generation))
      throw new EngineError('index_swapping', 'It is being taken into service, or out of it: try again');
    const release = lease(generation);
    try {
      const kept = await load(generation);
      const { embedder } = await pool.open(kept);
      this.#held.set(generation, { kept, release });
      if (embedder.state === 'unavailable') throw new EngineError('index_unfit', embedder.detail);
      await documents.follow(kept);
    } catch (error) {
      if (this.#held.has(generation)) await this.#letGo([generation]);
      else release();
      throw error;
    }
  }

  async #letGo(generations: readonly string[]): Promise<void> {
    const { board, pool, documents } = this.#parts;
    board.kepts = this.#keptsWithout(generations);
    for (const generation of generations) {
      const held = this.#held.get(generation);
      if (held === undefined) continue;
      this.#held.delete(generation);
      documents.forget(generation);
      await pool.letGo(held.kept);
      held.release();
    }
  }

  #keptsWithout(generations: readonly string[]): Kept[] {
    return [...this.#held].flatMap(([generation, { kept }]) => (generations.includes(generation) ? [] : kept));
  }
}

const modelsOf = (variants: readonly Variant[]): Set<string> =>
  new Set(variants.flatMap(({ reranker }) => reranker ?? []));

/** What is wrong with what a variant names is told as that of the variant. */
async function named(
  variant: Variant,
  field: 'reranker' | 'generation',
  take: (value: string) => Promise<void>,
): Promise<void> {
  const value = variant[field];
  if (value === null) return;
  try {
    await take(value);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { code, message, place } = error;
    throw new EngineError(
      code,
      `Cannot use variant ${variant.name}: ${field}: ${message}: ${value}`,
      {
        remedy: 'Name another, or repair this one; nothing was changed',
        ...place,
        field: `${variant.name}.${field}`,
        value,
      },
      error,
    );
  }
}
