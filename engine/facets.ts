/** How many of these results carry each value of a field? */
import type { Columns } from './store/index.ts';
import type { CountedField, FacetCount, FacetField, PostNo } from './types.ts';

/** Values listed of each field; the rarer ones are left out. */
const VALUES_MAX = 50;

/** Counts over distinct posts: values most frequent first, equal counts by name; years (in UTC) newest first. */
export function countFacets(
  columns: Columns,
  posts: Iterable<PostNo>,
  fields: readonly CountedField[],
): Partial<Record<CountedField, FacetCount[]>> {
  const distinct = [...new Set(posts)];
  return Object.fromEntries(
    fields.map((field) => [
      field,
      field === 'date' ? countYears(columns.dateMs, distinct) : countField(columns.facets[field], distinct),
    ]),
  );
}

/** Posts without a date are in no year. */
function countYears(dateMs: Columns['dateMs'], posts: readonly PostNo[]): FacetCount[] {
  const counts = new Map<number, number>();
  for (const post of posts) {
    const year = new Date(dateMs[post]!).getUTCFullYear();
    if (!Number.isNaN(year)) counts.set(year, (counts.get(year) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => b - a)
    .map(([year, count]) => ({ value: String(year), count }))
    .slice(0, VALUES_MAX);
}

function countField({ at, values, names }: Columns['facets'][FacetField], posts: readonly PostNo[]): FacetCount[] {
  const counts = new Map<number, number>();
  for (const post of posts) {
    for (let n = at[post]!; n < at[post + 1]!; n++) counts.set(values[n]!, (counts.get(values[n]!) ?? 0) + 1);
  }
  return [...counts]
    .map(([number, count]) => ({ value: names[number]!, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, VALUES_MAX);
}
