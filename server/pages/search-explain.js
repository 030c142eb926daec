/** Why does this result stand here: the lists it was in, and what each word gave. */
import { element } from './elements.js';
import { ask, page } from './search-client.js';

/** @typedef {import('../../engine/types.ts').Hit} Hit */
/** @typedef {import('../../engine/types.ts').HitExplanation} HitExplanation */

const figures = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2, minimumFractionDigits: 2 });

/** @param {number | null} value */
const figure = (value) => element('td', { class: 'figure' }, value === null ? '–' : figures.format(value));

/** @param {number | null} value */
const place = (value) => element('td', { class: 'figure' }, value ?? '–');

/**
 * @param {string} caption
 * @param {readonly string[]} columns the first names the rows
 * @param {readonly HTMLTableRowElement[]} rows
 */
function table(caption, columns, rows) {
  const heads = columns.map((column, at) => element('th', { scope: 'col', class: at > 0 && 'figure' }, column));
  return element(
    'table',
    {},
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, heads)),
    element('tbody', {}, rows),
  );
}

/** @param {Hit} hit @param {HitExplanation} explain */
function lists(hit, { ranks, standardised }) {
  const row = (
    /** @type {string} */ name,
    /** @type {'bm25' | 'dense' | 'fused' | 'rerank'} */ list,
    /** @type {number | null} */ standard,
  ) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, name),
      place(ranks[list]),
      figure(hit.scores[list]),
      figure(standard),
    );
  return table(
    'Its place in each list',
    ['List', 'Place', 'Score', 'Standardised'],
    [
      row('Words (BM25)', 'bm25', standardised.bm25),
      row('Meaning (vectors)', 'dense', standardised.dense),
      row('Both, fused', 'fused', standardised.firstStage),
      row('Cross-encoder', 'rerank', standardised.rerank),
    ],
  );
}

/** @param {HitExplanation} explain */
function terms({ terms }) {
  const rows = terms.map(({ term, tf, idf, queryWeight, score }) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row', dir: 'auto' }, term),
      place(tf),
      figure(idf),
      figure(queryWeight),
      figure(score),
    ),
  );
  return table('What each word gave', ['Word stem', 'Occurrences', 'Rarity', 'Weight', 'Score'], rows);
}

/**
 * Asks for the page once more, with the reasons of its order.
 * @param {string | undefined} id of the hit
 * @param {URLSearchParams} params
 * @param {AbortSignal} signal
 */
export async function reasonsOf(id, params, signal) {
  const answer = await ask(params, { ...page(params), explain: true }, signal);
  const hit = answer.kind === 'ok' ? answer.result.hits.find((one) => one.id === id) : undefined;
  if (!hit?.explain) throw new Error('The page has changed');
  const path = hit.explain.headingPath.join(' › ');
  return [
    lists(hit, hit.explain),
    hit.explain.terms.length > 0 ? terms(hit.explain) : '',
    element(
      'p',
      {},
      `Best passage: ${hit.id}, ${hit.explain.passageTokens} tokens`,
      path && ', under ',
      path && element('q', { dir: 'auto' }, path),
    ),
  ];
}
