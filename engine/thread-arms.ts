/** A query names variants: which parts of this thread answer it, and as what? */
import { LRUCache } from 'lru-cache';
import { type Arm, AS_CONFIGURED } from './arm.ts';
import { type Fault, Strikes } from './faults.ts';
import type { Parts } from './pipeline.ts';
import type { OutsideModel, ThreadModels } from './thread-models.ts';
import type { SearchRequest } from './types.ts';
import { patched, VARIANTS_MAX, type Variant } from './variant.ts';

/** Where it is counted how often something was stopped: behind the places of the variants. */
const STOPS_AT = VARIANTS_MAX;

/** What threads share: the serial numbers of the variants that run, and how often something was stopped. */
export const newRunning = (): Int32Array => new Int32Array(new SharedArrayBuffer(4 * (VARIANTS_MAX + 1)));

export const stopsOf = (running: Int32Array): number => Atomics.load(running, STOPS_AT);

/** Whatever threads are on, or have yet to begin, that left before it, is asked again. */
export const countStop = (running: Int32Array): void => void Atomics.add(running, STOPS_AT, 1);

/** A variant, and the place in shared memory that holds its serial number for as long as it may be used. */
export interface RunningVariant {
  readonly variant: Variant;
  readonly at: number;
  readonly serial: number;
}

/** What a thread knows of arms. */
export interface ArmsState {
  /** Of this state: a later one has a greater. */
  readonly serial: number;
  readonly variants: readonly RunningVariant[];
  readonly faults: readonly Fault[];
}

export interface Armed {
  readonly parts: Parts;
  readonly arm: Arm;
  /** The request as it is answered. */
  readonly asked: (request: SearchRequest) => SearchRequest;
}

/** Combinations that are kept of each index; others are put together for each query. */
const COMBINATIONS_MAX = 64;

/** An index that is open, and what was made of it. */
interface Base {
  readonly parts: Parts;
  configured: Armed | null;
  readonly made: LRUCache<string, Armed>;
  /** By model: what they remember is of this index. */
  readonly rerankers: Map<string, Parts['reranker']>;
}

export class ThreadArms {
  readonly #models: ThreadModels;
  /** Serial numbers of the variants that run, for all threads. */
  readonly #running: Int32Array;
  readonly #bases = new Set<Base>();
  #variants = new Map<string, RunningVariant>();
  #strikes = new Strikes([]);
  #outside = new Map<string, OutsideModel>();

  constructor(models: ThreadModels, running: Int32Array) {
    this.#models = models;
    this.#running = running;
  }

  /** From the next query on. */
  async take({ variants, faults }: ArmsState): Promise<void> {
    const names = new Set(variants.flatMap(({ variant: { reranker } }) => reranker ?? []));
    const opened = await this.#models.outsideModels([...names].filter((name) => !this.#outside.has(name)));
    this.#outside = new Map([...this.#outside, ...opened].filter(([name]) => names.has(name)));
    for (const { rerankers } of this.#bases)
      for (const name of rerankers.keys()) if (!this.#outside.has(name)) rerankers.delete(name);
    this.#variants = new Map(variants.map((running) => [running.variant.name, running]));
    this.#strikes = new Strikes(faults);
    this.#forget();
  }

  /** @returns how its queries are answered, and what to call when it is closed */
  opened(parts: Parts): { readonly of: (names: readonly string[]) => Armed; readonly closed: () => void } {
    const base: Base = { parts, configured: null, made: new LRUCache({ max: COMBINATIONS_MAX }), rerankers: new Map() };
    this.#bases.add(base);
    this.#forget();
    const closed = (): void => {
      this.#bases.delete(base);
      this.#forget();
    };
    return { of: (names) => this.#of(base, names), closed };
  }

  #of(base: Base, names: readonly string[]): Armed {
    if (names.length === 0) {
      base.configured ??= this.#make(base, []);
      return base.configured;
    }
    const running = names.flatMap((name) => this.#usable(name) ?? []);
    const key = running.map(({ variant }) => variant.name).join(' ');
    const known = base.made.get(key);
    if (known !== undefined) return known;
    const made = this.#make(base, running);
    base.made.set(key, made);
    return made;
  }

  /** A variant that is known, runs, and whose generation is open. */
  #usable(name: string): RunningVariant | null {
    const one = this.#variants.get(name);
    if (one === undefined || !this.#runs(one)) return null;
    const { generation } = one.variant;
    return generation === null || this.#baseOf(generation) !== undefined ? one : null;
  }

  #baseOf(generation: string): Base | undefined {
    return [...this.#bases].find(({ parts }) => parts.index.generation.name === generation);
  }

  #runs({ at, serial }: RunningVariant): boolean {
    return Atomics.load(this.#running, at) === serial;
  }

  #make(serving: Base, running: readonly RunningVariant[]): Armed {
    const variants = running.map(({ variant }) => variant);
    const generation = lastOf(variants, 'generation');
    const base = generation === null ? serving : this.#baseOf(generation)!;
    const strikes = this.#strikes;
    if (variants.length === 0 && strikes.none)
      return { parts: base.parts, arm: AS_CONFIGURED, asked: (request) => request };
    const reranker = lastOf(variants, 'reranker');
    const rerank = lastOf(variants, 'rerank');
    const applied = variants.map(({ name }) => name);
    const parts: Parts = {
      ...base.parts,
      settings: patched(base.parts.settings, variants),
      reranker: reranker === null ? base.parts.reranker : this.#rerankerFor(base, reranker),
    };
    const arm: Arm = {
      applied,
      withoutRerank: rerank === false,
      stopped: () => !running.every((one) => this.#runs(one)),
      faultOf: (target) => strikes.meeting(target, applied),
    };
    return { parts, arm, asked: askingFor(base.parts, parts, rerank) };
  }

  #rerankerFor({ parts, rerankers }: Base, name: string): Parts['reranker'] {
    const known = rerankers.get(name);
    if (known !== undefined) return known;
    const model = this.#outside.get(name);
    const made = model === undefined ? null : this.#models.outsideRerankerFor(parts.index, model);
    rerankers.set(name, made);
    return made;
  }

  #forget(): void {
    for (const base of this.#bases) {
      base.configured = null;
      base.made.clear();
    }
  }
}

/** The last that says something. */
function lastOf<Key extends 'generation' | 'reranker' | 'rerank'>(
  variants: readonly Variant[],
  key: Key,
): Variant[Key] | null {
  return variants.findLast((variant) => variant[key] !== null)?.[key] ?? null;
}

/** What a request gets that says nothing, or no more than the configuration does. */
function askingFor(base: Parts, { settings }: Parts, rerank: boolean | null): Armed['asked'] {
  const { mode, fusion, mmr, rerank: configured } = base.settings;
  return (request) => ({
    ...request,
    mode: request.mode === mode ? settings.mode : request.mode,
    fusion: request.fusion === fusion.kind ? settings.fusion.kind : request.fusion,
    diversify: request.diversify === mmr.enabled ? settings.mmr.enabled : request.diversify,
    rerank: request.rerank || (rerank === true && !configured.enabled),
  });
}
