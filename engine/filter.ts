/** Which passages may answer: filters as one bit a passage. */
import { LRUCache } from 'lru-cache';
import { type Columns, foldValue, primaryTag } from './store/index.ts';
import { FACET_FIELDS, type FacetField, type SearchFilters } from './types.ts';

/** Masks are remembered by the filters' values: a site has few and repeats them. */
const MASK_BYTES_MAX = 16 * 2 ** 20;

export class Filter {
  readonly #columns: Columns;
  readonly #masks: LRUCache<string, Uint8Array>;

  constructor(columns: Columns) {
    this.#columns = columns;
    this.#masks = new LRUCache({
      maxSize: MASK_BYTES_MAX,
      sizeCalculation: (mask, key) => mask.length + key.length * 2 + 64,
    });
  }

  /** One bit a passage, least significant first; null where nothing is restricted. Valid until the next call. */
  mask(filters: SearchFilters): Uint8Array | null {
    const fields = FACET_FIELDS.filter((field) => filters[field].length > 0);
    const { dateFromMs, dateToMs } = filters;
    if (fields.length === 0 && dateFromMs === null && dateToMs === null) return null;
    const key = JSON.stringify([
      dateFromMs,
      dateToMs,
      ...fields.map((field) => [field, [...new Set(filters[field])].sort()]),
    ]);
    const known = this.#masks.get(key);
    if (known !== undefined) return known;
    const mask = this.#build(filters, fields);
    this.#masks.set(key, mask);
    return mask;
  }

  #build(filters: SearchFilters, fields: readonly FacetField[]): Uint8Array {
    const { posts, passages, firstPassage, dateMs, facets } = this.#columns;
    const wanted = fields.map((field) => {
      const column = facets[field];
      const numbers = filters[field].flatMap(
        (value) => column.numbers.get(foldValue(field === 'language' ? primaryTag(value) : value)) ?? [],
      );
      return { column, numbers: new Set(numbers) };
    });
    const from = filters.dateFromMs ?? Number.NEGATIVE_INFINITY;
    const to = filters.dateToMs ?? Number.POSITIVE_INFINITY;
    const dated = filters.dateFromMs !== null || filters.dateToMs !== null;
    const mask = new Uint8Array(Math.ceil(passages / 8));
    for (let post = 0; post < posts; post++) {
      if (dated && !(dateMs[post]! >= from && dateMs[post]! <= to)) continue;
      if (!wanted.every(({ column, numbers }) => holds(column, post, numbers))) continue;
      for (let id = firstPassage[post]!; id < firstPassage[post + 1]!; id++) mask[id >> 3]! |= 1 << (id & 7);
    }
    return mask;
  }
}

function holds(column: Columns['facets'][FacetField], post: number, numbers: ReadonlySet<number>): boolean {
  for (let at = column.at[post]!; at < column.at[post + 1]!; at++) if (numbers.has(column.values[at]!)) return true;
  return false;
}
