/**
 * What was prepared and no merge has taken: for threads that are behind, new, or over another generation.
 *
 * A change comes in two steps. `add` has its words, and such vectors as were known before; `embedded` fills in the others one by
 * one, and `show` lets threads have those of changes that are complete. What threads are given depends on these steps alone, so all
 * have the same under the same name of a state.
 */
import type { CodedVector } from '../../engine/dense/index.ts';
import type { Applied, PreparedChange, PreparedChanges } from '../../engine/index.ts';
import type { Manifest } from '../../engine/store/index.ts';
import type { ChangeFeed } from '../pool/index.ts';
import type { CutChange } from './preparation.ts';

/** Changes that a thread applies between one message and the next: some ten milliseconds. */
const HANDFUL = 16;

/** A passage without a vector, of the change that has it. */
export interface Unembedded {
  readonly id: string;
  readonly version: number;
  /** Which of its post, 0 for the first. */
  readonly passage: number;
  readonly tokens: Int32Array;
}

interface Entry {
  /** As threads are given it. */
  change: PreparedChange;
  /** By passage; null where the change has all its vectors. */
  lacks: Map<number, { readonly tokens: Int32Array; vector: CodedVector | null | undefined }> | null;
}

export class Feed implements ChangeFeed {
  /** One of each id, its latest. */
  readonly #entries = new Map<string, Entry>();
  /** Those that lack vectors, in the order of their versions; some of them were followed by others. */
  #behind: Entry[] = [];
  /** Sequence up to which a generation has the changes itself. */
  readonly #baseOf: (generation: Manifest) => number;
  /** Version of the latest there is; 0 before any. */
  #latest = 0;

  constructor(baseOf: (generation: Manifest) => number) {
    this.#baseOf = baseOf;
  }

  /** What is in the answers of a generation beside itself; null where it has all. */
  stateOf(generation: Manifest): Applied | null {
    const base = this.#baseOf(generation);
    return this.#latest > base ? { words: this.#latest, vectors: this.#settled(base) } : null;
  }

  /** Version of the first change that lacks vectors; null where none does. */
  get firstBehind(): number | null {
    return this.#behind[0]?.change.version ?? null;
  }

  /** The id as that change made it; undefined where it is not here, or made by another. */
  get(id: string, version: number): PreparedChange | undefined {
    const change = this.#entries.get(id)?.change;
    return change?.version === version ? change : undefined;
  }

  /** The id as the latest change made it. */
  latest(id: string): PreparedChange | undefined {
    return this.#entries.get(id)?.change;
  }

  add(cut: readonly CutChange[]): void {
    for (const { change, toEmbed } of cut) {
      const known = this.#entries.get(change.id);
      this.#latest = Math.max(this.#latest, change.version);
      if (known !== undefined && known.change.version >= change.version) continue;
      const lacks = new Map(toEmbed.map(({ passage, tokens }) => [passage, { tokens, vector: undefined }]));
      const entry: Entry = { change, lacks: lacks.size === 0 ? null : lacks };
      this.#entries.set(change.id, entry);
      if (entry.lacks !== null) this.#behind.push(entry);
    }
    this.#prune();
  }

  /** Passages that wait for their vectors, of the oldest changes first. */
  unembedded(max: number): Unembedded[] {
    const some: Unembedded[] = [];
    for (const { change, lacks } of this.#behind) {
      if (!this.#lives(change)) continue;
      for (const [passage, { tokens, vector }] of lacks ?? []) {
        if (vector === undefined) some.push({ id: change.id, version: change.version, passage, tokens });
        if (some.length === max) return some;
      }
    }
    return some;
  }

  /** @param vectors one for each passage; null where it stays without */
  embedded(passages: readonly Unembedded[], vectors: readonly (CodedVector | null)[]): void {
    for (const [at, { id, version, passage }] of passages.entries()) {
      const entry = this.#entries.get(id);
      if (entry?.change.version !== version) continue;
      const lack = entry.lacks?.get(passage);
      if (lack !== undefined) lack.vector = vectors[at]!;
    }
  }

  /** From now on threads are given the vectors of all changes before the first that still lacks some. */
  show(): void {
    for (const entry of this.#behind) {
      if (!this.#lives(entry.change)) continue;
      const { change, lacks } = entry;
      if ([...lacks!.values()].some(({ vector }) => vector === undefined)) break;
      const { post, ...rest } = change;
      const passages = post!.passages.map((passage, at) => ({
        ...passage,
        vector: lacks!.get(at)?.vector ?? passage.vector,
      }));
      entry.change = { ...rest, post: { ...post!, passages } };
      entry.lacks = null;
    }
    this.#prune();
  }

  /** Forgets those up to a sequence, which the generation that serves has itself. */
  drop(upTo: number): void {
    for (const { change } of this.#entries.values()) if (change.version <= upTo) this.#entries.delete(change.id);
    this.#prune();
  }

  next(generation: Manifest, applied: Applied | null): PreparedChanges | null {
    const base = this.#baseOf(generation);
    const from = applied ?? { words: base, vectors: base };
    if (this.#latest <= from.vectors) return null;
    const settled = this.#settled(base);
    if (this.#latest > from.words) return this.#words(from, settled);
    return settled > from.vectors ? this.#vectors(from, settled) : null;
  }

  #words(from: Applied, settled: number): PreparedChanges {
    const some = this.#between(from.words, this.#latest).slice(0, HANDFUL);
    const words = some.length < HANDFUL ? this.#latest : some.at(-1)!.change.version;
    // Whoever had all vectors before has those of these, too, as far as they are there.
    const vectors = from.vectors >= from.words ? Math.min(words, settled) : from.vectors;
    return { upTo: { words, vectors }, changes: some.map(({ change }) => change), vectors: [] };
  }

  #vectors({ words, vectors: from }: Applied, settled: number): PreparedChanges {
    const some = this.#between(from, settled).slice(0, HANDFUL);
    const upTo = some.length < HANDFUL ? settled : some.at(-1)!.change.version;
    const vectors = some.flatMap(({ change: { id, version, post } }) =>
      post === null ? [] : [{ id, version, vectors: post.passages.map(({ vector }) => vector) }],
    );
    return { upTo: { words, vectors: upTo }, changes: [], vectors };
  }

  /** In the order of their versions. */
  #between(after: number, upTo: number): Entry[] {
    const some = [...this.#entries.values()].filter(({ change: { version } }) => version > after && version <= upTo);
    return some.sort((a, b) => a.change.version - b.change.version);
  }

  #settled(base: number): number {
    const first = this.#behind.find(({ change }) => change.version > base && this.#lives(change));
    return first === undefined ? this.#latest : first.change.version - 1;
  }

  #lives({ id, version }: PreparedChange): boolean {
    return this.#entries.get(id)?.change.version === version;
  }

  #prune(): void {
    this.#behind = this.#behind.filter(({ change, lacks }) => lacks !== null && this.#lives(change));
  }
}
