/** A generation and what changed since it was built, as one thread sees them. */
import { type Collection, untouched } from './collection.ts';
import { type ChangedPost, Delta } from './delta/index.ts';
import type { CodedVector } from './dense/index.ts';
import type { Generation } from './generation.ts';

/** What became of a post, ready to be searched; plain values. */
export interface PreparedChange {
  readonly id: string;
  /** Sequence of the change that made it so. */
  readonly version: number;
  /** Null where it was deleted. */
  readonly post: ChangedPost | null;
}

/** The vectors of a post that was prepared without them. */
export interface PreparedVectors {
  readonly id: string;
  readonly version: number;
  /** One a passage; null where it stays without. */
  readonly vectors: readonly (CodedVector | null)[];
}

/** Up to where changes are in what is searched: first their words, then their vectors. */
export interface Applied {
  readonly words: number;
  /** At most `words`. */
  readonly vectors: number;
}

export interface PreparedChanges {
  /** Where they bring one who has all before them. */
  readonly upTo: Applied;
  /** One of each id, in the order of their versions. */
  readonly changes: readonly PreparedChange[];
  /** Of changes that came before. */
  readonly vectors: readonly PreparedVectors[];
}

const CHANGES = '+';
const VECTORS = '~';

/**
 * By what answers are known: the generation, up to where changes are in them, and up to where their vectors, where those are behind:
 * `GENERATION`, `GENERATION+12`, `GENERATION+12~9`. In one process, answers under one name are the same.
 */
export function stateName(generation: string, applied: Applied | null): string {
  if (applied === null) return generation;
  const { words, vectors } = applied;
  return `${generation}${CHANGES}${words}${vectors < words ? `${VECTORS}${vectors}` : ''}`;
}

/** The generation of a state. */
export function generationOf(state: string): string {
  const end = state.indexOf(CHANGES);
  return end === -1 ? state : state.slice(0, end);
}

/** Whether a state is that of an index built anew, and will not be followed by one with more vectors. */
export const isSettled = (state: string): boolean => !state.includes(VECTORS);

export class LivingIndex {
  readonly generation: Generation;
  readonly #untouched: Collection;
  /** Null until something changed: a query is then as cheap as if nothing could. */
  #delta: Delta | null = null;
  #name: string;

  constructor(generation: Generation) {
    this.generation = generation;
    this.#untouched = untouched(generation);
    this.#name = stateName(generation.name, null);
  }

  /** What the next query is asked over. */
  get collection(): Collection {
    return this.#delta ?? this.#untouched;
  }

  /** See {@link stateName}. */
  get name(): string {
    return this.#name;
  }

  /** Visible to the next query. Each thread gets the same, in the same order. */
  apply({ upTo, changes, vectors }: PreparedChanges): void {
    this.#delta ??= new Delta(this.generation);
    for (const { id, post } of changes) {
      if (post === null) this.#delta.delete(id);
      else this.#delta.put(post);
    }
    for (const late of vectors) this.#delta.embed(late.id, late.vectors);
    this.#name = stateName(this.generation.name, upTo);
  }
}
