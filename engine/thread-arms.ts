/** A query names variants: which parts of this thread answer it, and as what? */
import { LRUCache } from 'lru-cache';
import { type Arm, AS_CONFIGURED } from './arm.ts';
import { type Fault, faultFor } from './faults.ts';
import type { Parts } from './pipeline.ts';
import type { OutsideModel, ThreadModels } from './thread-models.ts';
import type { SearchRequest } from './types.ts';
import { patched, type Variant } from './variant.ts';

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

/** Combinations that are kept; others are put together for each query. */
const COMBINATIONS_MAX = 64;

export class ThreadArms {
  readonly #models: ThreadModels;
  /** Whether variants run, for all threads. */
  readonly #running: Int32Array;
  /** Parts by generation. */
  readonly #open = new Map<string, Parts>();
  readonly #made = new LRUCache<string, Armed>({ max: COMBINATIONS_MAX });
  readonly #configured = new Map<string, Armed>();
  #variants = new Map<string, RunningVariant>();
  #faults: readonly Fault[] = [];
  #outside = new Map<string, OutsideModel>();
  /** By generation and model. */
  readonly #rerankers = new Map<string, Parts['reranker']>();

  constructor(models: ThreadModels, running: Int32Array) {
    this.#models = models;
    this.#running = running;
  }

  /** From the next query on. */
  async take({ variants, faults }: ArmsState): Promise<void> {
    const names = new Set(variants.flatMap(({ variant: { reranker } }) => reranker ?? []));
    const opened = await this.#models.outsideModels([...names].filter((name) => !this.#outside.has(name)));
    this.#outside = new Map([...this.#outside, ...opened].filter(([name]) => names.has(name)));
    for (const key of this.#rerankers.keys()) if (!names.has(modelOf(key))) this.#rerankers.delete(key);
    this.#variants = new Map(variants.map((running) => [running.variant.name, running]));
    this.#faults = faults;
    this.#forget();
  }

  opened(generation: string, parts: Parts): void {
    this.#open.set(generation, parts);
    this.#forget();
  }

  closed(generation: string): void {
    this.#open.delete(generation);
    for (const key of this.#rerankers.keys()) if (generationOf(key) === generation) this.#rerankers.delete(key);
    this.#forget();
  }

  /** @param generation that serves, and is open */
  of(generation: string, names: readonly string[]): Armed {
    if (names.length === 0) return this.#asConfigured(generation);
    const running = names.flatMap((name) => this.#usable(name) ?? []);
    const key = [generation, ...running.map(({ variant }) => variant.name)].join('\n');
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = this.#make(generation, running);
    this.#made.set(key, made);
    return made;
  }

  #asConfigured(generation: string): Armed {
    const known = this.#configured.get(generation);
    if (known !== undefined) return known;
    const made = this.#make(generation, []);
    this.#configured.set(generation, made);
    return made;
  }

  /** A variant that is known, runs, and whose generation is open. */
  #usable(name: string): RunningVariant | null {
    const one = this.#variants.get(name);
    if (one === undefined || !this.#runs(one)) return null;
    const { generation } = one.variant;
    return generation === null || this.#open.has(generation) ? one : null;
  }

  #runs({ at, serial }: RunningVariant): boolean {
    return Atomics.load(this.#running, at) === serial;
  }

  #make(serving: string, running: readonly RunningVariant[]): Armed {
    const variants = running.map(({ variant }) => variant);
    const generation = lastOf(variants, 'generation') ?? serving;
    const base = this.#open.get(generation)!;
    const reranker = lastOf(variants, 'reranker');
    const rerank = lastOf(variants, 'rerank');
    const applied = variants.map(({ name }) => name);
    const faults = this.#faults;
    if (variants.length === 0 && faults.length === 0) return { parts: base, arm: AS_CONFIGURED, asked: asItIs };
    const parts: Parts = {
      ...base,
      settings: patched(base.settings, variants),
      reranker: reranker === null ? base.reranker : this.#rerankerFor(generation, reranker),
    };
    const arm: Arm = {
      applied,
      withoutRerank: rerank === false,
      stopped: () => !running.every((one) => this.#runs(one)),
      faultOf: (target) => faultFor(faults, target, applied),
    };
    return { parts, arm, asked: askingFor(base, parts, rerank) };
  }

  #rerankerFor(generation: string, name: string): Parts['reranker'] {
    const key = `${generation}\n${name}`;
    const known = this.#rerankers.get(key);
    if (known !== undefined) return known;
    const model = this.#outside.get(name);
    const made = model === undefined ? null : this.#models.outsideRerankerFor(this.#open.get(generation)!.index, model);
    this.#rerankers.set(key, made);
    return made;
  }

  #forget(): void {
    this.#made.clear();
    this.#configured.clear();
  }
}

const generationOf = (key: string): string => key.split('\n')[0]!;
const modelOf = (key: string): string => key.split('\n')[1]!;

const asItIs = (request: SearchRequest): SearchRequest => request;

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
