/** The address of the page is its whole state: the parameters of GET /search under their own names. */

export const FACETS = ['category', 'tag', 'author', 'type', 'language'];
export const PAGE_HITS = 10;

const FILTERS = [...FACETS, 'date_from', 'date_to'];
const KEPT = new Set(['q', 'mode', 'rerank', 'collapse', ...FILTERS, 'min_score', 'fusion', 'mmr', 'topk', 'offset']);

/** @typedef {Record<string, string | number | boolean | readonly string[] | null>} Changes */

/**
 * The parameters we know, without the empty ones; others, such as those of a campaign, are nothing to the search.
 * @param {string} search
 */
export function readAddress(search) {
  const params = new URLSearchParams();
  for (const [name, text] of new URLSearchParams(search)) {
    const known = name === 'query' ? 'q' : name;
    const value = known === 'rerank' ? text.replace('1', 'true') : text.trim();
    if (KEPT.has(known) && value !== '') params.append(known, value);
  }
  return params;
}

/**
 * The same search but for these parameters; null removes one. Whatever changes, reading starts again on the first page,
 * unless the change is the page.
 * @param {URLSearchParams} params
 * @param {Changes} changes
 */
export function changed(params, changes) {
  const next = new URLSearchParams(params);
  for (const [name, value] of Object.entries({ offset: null, ...changes })) {
    next.delete(name);
    for (const one of [value].flat()) {
      if (one !== null && one !== '') next.append(name, `${one}`);
    }
  }
  return next;
}

/** @param {URLSearchParams} params */
export const withoutFilters = (params) => changed(params, Object.fromEntries(FILTERS.map((name) => [name, null])));

/** @param {URLSearchParams} params */
export const hrefOf = (params) => (params.size === 0 ? './' : `?${params}`);

/**
 * Each value that narrows the search, with the address without it.
 * @param {URLSearchParams} params
 */
export const activeFilters = (params) =>
  FILTERS.flatMap((name) => {
    const values = params.getAll(name);
    const without = (/** @type {string} */ value) => values.filter((other) => other !== value);
    return values.map((value) => ({ name, value, href: hrefOf(changed(params, { [name]: without(value) })) }));
  });
