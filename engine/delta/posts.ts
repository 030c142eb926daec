/** The segment's posts and passages: their words, and which of them a filter allows. */
import type { CodedVector } from '../dense/index.ts';
import { type FacetTally, yearOf } from '../facets.ts';
import { facetValues, foldValue, type PassageRecord, type PostRecord, primaryTag } from '../store/index.ts';
import { type CountedField, FACET_FIELDS, type FacetField, type SearchFilters } from '../types.ts';

/** A passage as the indexer made it; plain values, so that it can be sent to a thread. */
export interface ChangedPassage extends PassageRecord {
  /** The reranker's tokens, without special tokens; empty without a reranker. */
  readonly rerankTokens: Int32Array;
  /** Null where the embedder does not know the language, there is none, or it has not come to it yet. */
  readonly vector: CodedVector | null;
}

export interface ChangedPost {
  readonly record: PostRecord;
  readonly passages: readonly ChangedPassage[];
}

interface LivePost extends ChangedPost {
  /** Number of its first passage; the others follow. */
  readonly firstPassage: number;
  /** Folded values by field, as a filter compares them. */
  readonly folded: Readonly<Record<FacetField, ReadonlySet<string>>>;
}

/** Numbers of posts and passages go up and are never used again, so whoever remembers one cannot mean another. */
export class SegmentPosts {
  readonly #posts = new Map<number, LivePost>();
  readonly #byId = new Map<string, number>();
  /** Post by passage. */
  readonly #postOf = new Map<number, number>();
  #nextPost = 0;
  #nextPassage = 0;

  /** Living posts. */
  get size(): number {
    return this.#posts.size;
  }

  numberOf(id: string): number | null {
    return this.#byId.get(id) ?? null;
  }

  /** The id must not be here. Returns the number of the first passage. */
  add(post: ChangedPost): number {
    const number = this.#nextPost++;
    const firstPassage = this.#nextPassage;
    this.#nextPassage += post.passages.length;
    const folded = Object.fromEntries(
      FACET_FIELDS.map((field) => [field, new Set(facetValues[field](post.record).map(foldValue))]),
    ) as unknown as LivePost['folded'];
    this.#posts.set(number, { ...post, firstPassage, folded });
    this.#byId.set(post.record.id, number);
    for (let at = firstPassage; at < this.#nextPassage; at++) this.#postOf.set(at, number);
    return firstPassage;
  }

  /** Returns the numbers of the passages that went with it. */
  remove(number: number): number[] {
    const { record, passages, firstPassage } = this.#posts.get(number)!;
    this.#posts.delete(number);
    this.#byId.delete(record.id);
    const gone = Array.from(passages.keys(), (at) => firstPassage + at);
    for (const passage of gone) this.#postOf.delete(passage);
    return gone;
  }

  /** Undefined for a post that is gone. */
  post(number: number): LivePost | undefined {
    return this.#posts.get(number);
  }

  /** Undefined for a passage that is gone. */
  postOf(passage: number): number | undefined {
    return this.#postOf.get(passage);
  }

  /** Undefined for a passage that is gone. */
  passage(passage: number): ChangedPassage | undefined {
    const post = this.#posts.get(this.#postOf.get(passage) ?? -1);
    return post?.passages[passage - post.firstPassage];
  }

  /** Whether a passage's post passes the filters: by the same comparison as those of the generation. */
  allows(filters: SearchFilters): (passage: number) => boolean {
    const wanted = FACET_FIELDS.filter((field) => filters[field].length > 0).map((field) => ({
      field,
      values: filters[field].map((value) => foldValue(field === 'language' ? primaryTag(value) : value)),
    }));
    const from = filters.dateFromMs ?? Number.NEGATIVE_INFINITY;
    const to = filters.dateToMs ?? Number.POSITIVE_INFINITY;
    const dated = filters.dateFromMs !== null || filters.dateToMs !== null;
    if (wanted.length === 0 && !dated) return () => true;
    return (passage) => {
      const { record, folded } = this.#posts.get(this.#postOf.get(passage)!)!;
      const dateMs = record.dateMs ?? Number.NaN;
      if (dated && !(dateMs >= from && dateMs <= to)) return false;
      return wanted.every(({ field, values }) => values.some((value) => folded[field].has(value)));
    };
  }

  /** Adds what these posts count for. */
  tally(field: CountedField, posts: readonly number[], into: FacetTally): void {
    for (const post of posts) {
      const { record } = this.#posts.get(post)!;
      const year = yearOf(record.dateMs ?? Number.NaN);
      const values = field === 'date' ? (year === null ? [] : [year]) : new Set(facetValues[field](record));
      for (const value of values) into.set(value, (into.get(value) ?? 0) + 1);
    }
  }
}
