/**
 * Documents that changed since the generation was built, and the generation without what they replace, as one collection.
 *
 * The segment holds the living changed posts in memory; of the generation it keeps a bit a passage that says what still counts.
 * Ids go on where the generation's end: passages from `generation.columns.passages`, posts from `generation.columns.posts`. All
 * scores are those that an index built anew from the living posts would give, to the last bit.
 *
 * It belongs to one thread. What is put is plain values, so each worker applies the same changes in the same order and has the
 * same numbers.
 */
import { EngineError } from '../errors.ts';
import { countFacets, type FacetTally, listTally, tallyField } from '../facets.ts';
import type { Generation, Reading } from '../generation.ts';
import type { QueryTerm } from '../lexical/index.ts';
import { lexicalText } from '../passage-text.ts';
import { postsThatMayHave } from '../store/index.ts';
import type { Candidates, CountedField, DocId, FacetCount, PostNo, SearchFilters, TermExplanation } from '../types.ts';
import { DenseLeg } from './dense-leg.ts';
import { LexicalLeg } from './lexical-leg.ts';
import { type ChangedPassage, type ChangedPost, SegmentPosts } from './posts.ts';
import { LiveStatistics } from './statistics.ts';
import { Superseded } from './superseded.ts';
import { SegmentTerms } from './terms.ts';
import { SegmentVectors } from './vectors.ts';

export class Delta {
  readonly #generation: Generation;
  readonly #posts = new SegmentPosts();
  readonly #terms = new SegmentTerms();
  readonly #vectors = new SegmentVectors();
  readonly #superseded: Superseded;
  readonly #lexical: LexicalLeg;
  readonly #dense: DenseLeg;
  readonly #readings = new WeakMap<ChangedPassage, Reading>();

  constructor(generation: Generation) {
    const { lexical, vectors } = generation;
    this.#generation = generation;
    this.#superseded = new Superseded(lexical);
    this.#lexical = new LexicalLeg({
      lexical,
      segment: this.#terms,
      statistics: new LiveStatistics(lexical, this.#superseded, this.#terms),
    });
    this.#dense = new DenseLeg({
      vectors,
      superseded: this.#superseded,
      segment: this.#vectors,
      documents: lexical.documents,
    });
  }

  /** Living posts and passages of the segment, and dead passages of the generation. */
  get size(): { readonly posts: number; readonly passages: number; readonly superseded: number } {
    return { posts: this.#posts.size, passages: this.#terms.documents, superseded: this.#superseded.documents };
  }

  /** Whether some living passage has a vector, as far as is known: those of the generation may all be dead. */
  get hasVectors(): boolean {
    return this.#generation.vectors !== null || this.#vectors.size > 0;
  }

  /** From now on the post is this, whether it was new or known; visible to the next search. */
  put(post: ChangedPost): void {
    this.delete(post.record.id);
    const first = this.#posts.add(post);
    const { title } = post.record;
    for (const [at, { text, headingPath, vector }] of post.passages.entries()) {
      this.#terms.add(first + at, this.#generation.analyzer.terms(lexicalText({ title, headingPath, text })));
      if (vector !== null) this.#vectors.add(first + at, vector);
    }
  }

  /** False when there was no such post. */
  delete(id: string): boolean {
    const changed = this.#posts.numberOf(id);
    if (changed !== null) {
      for (const passage of this.#posts.remove(changed)) {
        this.#terms.remove(passage);
        this.#vectors.remove(passage);
      }
      return true;
    }
    const post = this.#postWithId(id);
    return post !== null && this.#bury(post);
  }

  /** As of `Lexical.search`, over the living that the filters allow. */
  searchLexical(terms: readonly QueryTerm[], k: number, filters: SearchFilters): Candidates {
    const mask = this.#superseded.mask(this.#generation.filter.mask(filters));
    return this.#lexical.search(terms, k, mask, this.#posts.allows(filters));
  }

  /** As of `Vectors.search`, over the living that the filters allow. */
  searchDense(vector: Float32Array, k: number, filters: SearchFilters): Candidates {
    return this.#dense.search(vector, k, this.#generation.filter.mask(filters), this.#posts.allows(filters));
  }

  scoreLexical(terms: readonly QueryTerm[], ids: Uint32Array): Float32Array {
    return this.#lexical.score(terms, ids);
  }

  scoreDense(vector: Float32Array, ids: Uint32Array): Float32Array {
    return this.#dense.score(vector, ids);
  }

  explain(terms: readonly QueryTerm[], id: DocId): TermExplanation[] {
    return this.#lexical.explain(terms, id);
  }

  weights(terms: readonly QueryTerm[]): Map<string, number> {
    return this.#lexical.weights(terms);
  }

  /** How alike two passages are, 0 … 1: the cosine of their vectors, or whether they are of one post. */
  likeness(a: DocId, b: DocId): number {
    if (!this.hasVectors) return this.postOf(a) === this.postOf(b) ? 1 : 0;
    return this.#dense.likeness(a, b);
  }

  /** The post of a living passage. */
  postOf(id: DocId): PostNo {
    const { columns } = this.#generation;
    if (id < columns.passages) return columns.postOf[id]!;
    return columns.posts + present(this.#posts.postOf(id - columns.passages), id);
  }

  /** Which passage of its post it is, 0 for the first. */
  placeOf(id: DocId): number {
    const { columns } = this.#generation;
    if (id < columns.passages) return id - columns.firstPassage[columns.postOf[id]!]!;
    const passage = id - columns.passages;
    return passage - present(this.#posts.post(this.#posts.postOf(passage) ?? -1), id).firstPassage;
  }

  /** A living passage as a snippet needs it. */
  reading(id: DocId): Reading {
    const passage = this.#changed(id);
    if (passage === null) return this.#generation.reading(id);
    const known = this.#readings.get(passage);
    if (known !== undefined) return known;
    const { record: post } = this.#posts.post(this.postOf(id) - this.#generation.columns.posts)!;
    const text = passage.text || post.title;
    const reading = { post, passage, text, spans: this.#generation.analyzer.spans(text) };
    this.#readings.set(passage, reading);
    return reading;
  }

  /** The reranker's tokens of a living passage. */
  passageTokens(id: DocId): Int32Array {
    return this.#changed(id)?.rerankTokens ?? this.#generation.passageTokens(id);
  }

  /** Counts over distinct living posts, as {@link countFacets} does. */
  countFacets(
    posts: Iterable<PostNo>,
    fields: readonly CountedField[],
  ): Partial<Record<CountedField, readonly FacetCount[]>> {
    const { columns } = this.#generation;
    const distinct = [...new Set(posts)];
    const own = distinct.filter((post) => post < columns.posts);
    if (own.length === distinct.length) return countFacets(columns, own, fields);
    const changed = distinct.filter((post) => post >= columns.posts).map((post) => post - columns.posts);
    const count = (field: CountedField): FacetCount[] => {
      const tally: FacetTally = tallyField(columns, own, field);
      this.#posts.tally(field, changed, tally);
      return listTally(field, tally);
    };
    return Object.fromEntries(fields.map((field) => [field, count(field)]));
  }

  #changed(id: DocId): ChangedPassage | null {
    const { passages } = this.#generation.columns;
    return id < passages ? null : present(this.#posts.passage(id - passages), id);
  }

  /** One that cannot be read is taken for the post: its hash is right, and what is replaced must not be found. */
  #postWithId(id: string): PostNo | null {
    const is = (post: PostNo): boolean => orOnDamage(true, () => this.#generation.post(post).id === id);
    return postsThatMayHave(this.#generation.columns.ids, id).find(is) ?? null;
  }

  /** Takes the post's passages out of the generation; false where they were out already. */
  #bury(post: PostNo): boolean {
    const { columns, analyzer } = this.#generation;
    const first = columns.firstPassage[post]!;
    if (!this.#superseded.lives(first)) return false;
    for (let id = first; id < columns.firstPassage[post + 1]!; id++) {
      // Where the words cannot be read, statistics go on counting them; the passage goes all the same.
      const words = orOnDamage('', () => lexicalText(this.#generation.passageParts(id)));
      this.#superseded.bury(id, analyzer.terms(words));
    }
    return true;
  }
}

function orOnDamage<Value>(instead: Value, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof EngineError) return instead;
    throw error;
  }
}

function present<T>(value: T | undefined, id: DocId): T {
  if (value === undefined) throw new RangeError(`No living passage has this id: ${id}`);
  return value;
}
