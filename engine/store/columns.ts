/**
 * What every query needs of posts and passages besides their words, as columns of `posts.bin`:
 *
 * ```text
 * postOf        u32[passages]    the post a passage belongs to
 * firstPassage  u32[posts + 1]   its passages are neighbours
 * dateMs        f64[posts]       NaN where the source had none
 * F.at, F.values   u32[posts + 1], u32[…]   for each facet field F: numbers of its values, post by post
 * dictionary    u8[…]            JSON: for each facet field the values by number
 * ids.hash, ids.post   u32[posts]   which post has an id, see ./post-ids.ts
 * versions      f64[posts]       sequence of the change that made it so, or up to which the build covers; not in older indexes
 * live          u8[posts]        1 where it was put while an index was served, and not by a source; not in older indexes
 * documents.…, tokens.…, originals.…   the directories of the files of these names, see ./record-file.ts; the last not in older ones
 * ```
 * A post's record in documents.bin is followed by those of its passages, so its number is post + firstPassage[post], and a
 * passage's is id + postOf[id] + 1. In tokens.bin it is the passage's id.
 */
import { FACET_FIELDS, type FacetField } from '../types.ts';
import type { PostRecord } from './documents.ts';
import { openPostIds, type PostIds, postIdSections } from './post-ids.ts';
import { directorySections, openDirectory, type RecordDirectory } from './record-file.ts';
import type { Sections } from './sections.ts';

/** A site tags its posts en-US or en, people ask for en: the primary subtag of BCP 47 is what is filtered and counted. */
export const primaryTag = (tag: string): string => tag.split('-')[0]!.toLowerCase();

/** What a post counts for in each field; a value may come twice. */
export const facetValues: Record<FacetField, (post: PostRecord) => readonly string[]> = {
  category: (post) => post.categories,
  tag: (post) => post.tags,
  author: (post) => (post.author === null ? [] : [post.author]),
  type: (post) => [post.type],
  language: (post) => (post.lang === null ? [] : [primaryTag(post.lang)]),
};

interface FacetColumn {
  readonly at: Uint32Array;
  readonly values: Uint32Array;
  readonly names: readonly string[];
  /** Folded name → the numbers of all spellings, for filters that are typed by people. */
  readonly numbers: ReadonlyMap<string, readonly number[]>;
}

export interface Columns {
  readonly posts: number;
  readonly passages: number;
  readonly postOf: Uint32Array;
  readonly firstPassage: Uint32Array;
  readonly dateMs: Float64Array;
  readonly facets: Readonly<Record<FacetField, FacetColumn>>;
  readonly ids: PostIds;
  readonly documents: RecordDirectory;
  readonly tokens: RecordDirectory;
  /** By post; null in an index that was built before there were any. */
  readonly versions: Float64Array | null;
  /** By post, 1 where it was put while an index was served; null as above. */
  readonly live: Uint8Array | null;
  /** Null in an index that was built before they were kept. */
  readonly originals: RecordDirectory | null;
}

export const foldValue = (value: string): string => value.normalize('NFKC').toLowerCase().trim();

/** Gathers the columns while a generation is built. */
export class ColumnWriter {
  readonly #postOf: number[] = [];
  readonly #firstPassage: number[] = [];
  readonly #dateMs: number[] = [];
  readonly #ids: string[] = [];
  readonly #versions: number[] = [];
  readonly #live: number[] = [];
  readonly #fields = FACET_FIELDS.map((field) => ({
    field,
    at: [0],
    values: [] as number[],
    numbers: new Map<string, number>(),
  }));

  /** @param passages how many it has */
  post(
    post: PostRecord,
    passages: number,
    { version, live }: { readonly version: number; readonly live: boolean },
  ): void {
    const number = this.#firstPassage.length;
    this.#firstPassage.push(this.#postOf.length);
    for (let passage = 0; passage < passages; passage++) this.#postOf.push(number);
    this.#dateMs.push(post.dateMs ?? Number.NaN);
    this.#ids.push(post.id);
    this.#versions.push(version);
    this.#live.push(live ? 1 : 0);
    for (const { field, at: starts, values, numbers } of this.#fields) {
      for (const name of new Set(facetValues[field](post))) {
        const number = numbers.get(name) ?? numbers.size;
        numbers.set(name, number);
        values.push(number);
      }
      starts.push(values.length);
    }
  }

  finish(files: Readonly<Record<'documents' | 'tokens' | 'originals', RecordDirectory>>): Sections {
    const dictionary = Object.fromEntries(this.#fields.map(({ field, numbers }) => [field, [...numbers.keys()]]));
    return {
      postOf: Uint32Array.from(this.#postOf),
      firstPassage: Uint32Array.from([...this.#firstPassage, this.#postOf.length]),
      dateMs: Float64Array.from(this.#dateMs),
      ...Object.fromEntries(
        this.#fields.flatMap(({ field, at, values }) => [
          [`${field}.at`, Uint32Array.from(at)],
          [`${field}.values`, Uint32Array.from(values)],
        ]),
      ),
      dictionary: new TextEncoder().encode(JSON.stringify(dictionary)),
      ...postIdSections(this.#ids),
      versions: Float64Array.from(this.#versions),
      live: Uint8Array.from(this.#live),
      ...directorySections('documents', files.documents),
      ...directorySections('tokens', files.tokens),
      ...directorySections('originals', files.originals),
    };
  }
}

function numbersByFold(names: readonly string[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const [number, name] of names.entries()) {
    const folded = foldValue(name);
    numbers.set(folded, [...(numbers.get(folded) ?? []), number]);
  }
  return numbers;
}

export function openColumns(sections: Sections): Columns {
  const u32 = (name: string): Uint32Array => sections[name] as Uint32Array;
  const dictionary = JSON.parse(new TextDecoder().decode(Uint8Array.from(sections['dictionary']!))) as Record<
    FacetField,
    string[]
  >;
  const facet = (field: FacetField): FacetColumn => {
    const names = dictionary[field];
    return {
      at: u32(`${field}.at`),
      values: u32(`${field}.values`),
      names,
      numbers: numbersByFold(names),
    };
  };
  return {
    posts: u32('firstPassage').length - 1,
    passages: u32('postOf').length,
    postOf: u32('postOf'),
    firstPassage: u32('firstPassage'),
    dateMs: sections['dateMs'] as Float64Array,
    ids: openPostIds(sections),
    documents: openDirectory('documents', sections),
    tokens: openDirectory('tokens', sections),
    versions: (sections['versions'] as Float64Array | undefined) ?? null,
    live: (sections['live'] as Uint8Array | undefined) ?? null,
    originals: sections['originals.at'] === undefined ? null : openDirectory('originals', sections),
    facets: Object.fromEntries(FACET_FIELDS.map((field) => [field, facet(field)])) as unknown as Record<
      FacetField,
      FacetColumn
    >,
  };
}
