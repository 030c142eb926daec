/** How many of these results carry each value of a field? */
import type { Columns } from './store/index.ts';
import type { CountedField, FacetCount, FacetField, PostNo } from './types.ts';

/** Values listed of each field; the rarer ones are left out. */
const VALUES_MAX = 50;

/** How many posts have each value, by its name; a year is its own name. */
export type FacetTally = Map<string, number>;

/** Counts over distinct posts: values most frequent first, equal counts by name; years (in UTC) newest first. */
export function countFacets(
  columns: Columns,
  posts: Iterable<PostNo>,
  fields: readonly CountedField[],
): Partial<Record<CountedField, FacetCount[]>> {
  const distinct = [...new Set(posts)];
  return Object.fromEntries(fields.map((field) => [field, listTally(field, tallyField(columns, distinct, field))]));
}

/** @param posts distinct ones */
export function tallyField(columns: Columns, posts: readonly PostNo[], field: CountedField): FacetTally {
  return field === 'date' ? tallyYears(columns.dateMs, posts) : tallyValues(columns.facets[field], posts);
}

export function listTally(field: CountedField, tally: FacetTally): FacetCount[] {
  const counts = Array.from(tally, ([value, count]) => ({ value, count }));
  const order = field === 'date' ? newestFirst : mostFirst;
  return counts.sort(order).slice(0, VALUES_MAX);
}

/** The year in UTC that a post counts for; null where it has no date. */
export function yearOf(dateMs: number): string | null {
  const year = new Date(dateMs).getUTCFullYear();
  return Number.isNaN(year) ? null : String(year);
}

const newestFirst = (a: FacetCount, b: FacetCount): number => Number(b.value) - Number(a.value);
const mostFirst = (a: FacetCount, b: FacetCount): number => b.count - a.count || (a.value < b.value ? -1 : 1);

function tallyYears(dateMs: Columns['dateMs'], posts: readonly PostNo[]): FacetTally {
  const tally: FacetTally = new Map();
  for (const post of posts) {
    const year = yearOf(dateMs[post]!);
    if (year !== null) tally.set(year, (tally.get(year) ?? 0) + 1);
  }
  return tally;
}

function tallyValues({ at, values, names }: Columns['facets'][FacetField], posts: readonly PostNo[]): FacetTally {
  const counts = new Map<number, number>();
  for (const post of posts) {
    for (let n = at[post]!; n < at[post + 1]!; n++) counts.set(values[n]!, (counts.get(values[n]!) ?? 0) + 1);
  }
  return new Map(Array.from(counts, ([number, count]) => [names[number]!, count]));
}
