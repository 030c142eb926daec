/** Asks the server. What can go wrong comes back as a value; only an abort is thrown. */
import { changed, FACETS, PAGE_HITS } from './search-address.js';

/** @typedef {import('../../engine/types.ts').SearchResult} SearchResult */
/** @typedef {import('../wire/problem.ts').Problem} Problem */
/** @typedef {Record<string, readonly import('../../engine/types.ts').FacetCount[]>} Facets */
/** @typedef {{ kind: 'ok', result: SearchResult, told: string | null } | { kind: 'problem', problem: Problem } | { kind: 'gone' }} Answer */

const IN_A_TRIAL = /reason=(?!disabled|stopped|promoted)/;

/**
 * @param {URLSearchParams} params
 * @param {import('./search-address.js').Changes} changes
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export async function ask(params, changes, signal) {
  try {
    const response = await fetch(`search?${changed(params, changes)}`, { signal });
    const body = await response.json();
    if (!response.ok) return { kind: 'problem', problem: body };
    // Of an answer that the browser had already, only the headers are of this request.
    const { headers } = response;
    const told = IN_A_TRIAL.test(headers.get('x-canary') ?? '') ? headers.get('x-request-id') : null;
    return { kind: 'ok', result: body, told };
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: 'gone' };
  }
}

/** @param {URLSearchParams} params */
export const page = (params) => ({ topk: params.get('topk') ?? PAGE_HITS, offset: params.get('offset') });

/**
 * A page of results and the counts of its filters. A field that is filtered by is counted as if it were not: its other
 * values stay on offer, with what they would bring.
 * @param {URLSearchParams} params
 * @param {AbortSignal} signal
 * @returns {Promise<{ answer: Answer, facets: Facets }>}
 */
export async function search(params, signal) {
  const filtered = FACETS.filter((field) => params.has(field));
  const [answer, ...counts] = await Promise.all([
    ask(params, { ...page(params), facets: FACETS.join() }, signal),
    ...filtered.map((field) => ask(params, { [field]: null, topk: 1, rerank: false, facets: field }, signal)),
  ]);
  const facets = [answer, ...counts].map((count) => (count.kind === 'ok' ? count.result.facets : {}));
  return { answer, facets: Object.assign({}, ...facets) };
}
