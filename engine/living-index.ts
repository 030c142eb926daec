/** A generation and what changed since it was built, as one thread sees them. */
import { type Collection, untouched } from './collection.ts';
import { type ChangedPost, Delta } from './delta/index.ts';
import type { Generation } from './generation.ts';

/** What became of a post, ready to be searched; plain values. */
export interface PreparedChange {
  readonly id: string;
  /** Sequence of the change that made it so. */
  readonly version: number;
  /** Null where it was deleted. */
  readonly post: ChangedPost | null;
}

export interface PreparedChanges {
  /** Sequence that they bring one to who has all before them. */
  readonly upTo: number;
  /** One of each id, in the order of their versions. */
  readonly changes: readonly PreparedChange[];
}

/** By what answers are known: the generation, and up to where changes are in them. Answers under one name are the same. */
export const stateName = (generation: string, applied: number | null): string =>
  applied === null ? generation : `${generation}+${applied}`;

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
  apply({ upTo, changes }: PreparedChanges): void {
    this.#delta ??= new Delta(this.generation);
    for (const { id, post } of changes) {
      if (post === null) this.#delta.delete(id);
      else this.#delta.put(post);
    }
    this.#name = stateName(this.generation.name, upTo);
  }
}
