/** What a visitor should know beside the results, in their own words. */
import { element } from './elements.js';
import { activeFilters, changed, hrefOf, withoutFilters } from './search-address.js';

/** @typedef {import('./search-client.js').Answer} Answer */

const WORDS_ONLY = 'These results share words with your query.';
const FIRST_ORDER = 'The results stand in their first order.';
const DEGRADED = {
  dense_unavailable: `Search by meaning is not available here at the moment. ${WORDS_ONLY}`,
  dense_language: `Search by meaning does not know the language of your query yet. ${WORDS_ONLY}`,
  dense_failed: `Search by meaning did not answer this time. ${WORDS_ONLY}`,
  rerank_unavailable: `The second reading is not available at the moment. ${FIRST_ORDER}`,
  rerank_language: `The second reading does not know the language of your query yet. ${FIRST_ORDER}`,
  rerank_failed: `The second reading did not work this time. ${FIRST_ORDER}`,
  rerank_deadline: `There was no time for a second reading. ${FIRST_ORDER}`,
  rerank_partial: 'There was time to read only the first results twice.',
  rerank_fewer: 'Many are searching: only the first results were read twice.',
  rerank_shed: `Many are searching: there was no second reading. ${FIRST_ORDER}`,
  candidates_fewer: 'Many are searching: fewer posts were looked at.',
  dense_shed: `Many are searching: search by meaning was left out. ${WORDS_ONLY}`,
};

const FIELDS = /** @type {Record<string, string>} */ ({
  query: 'Your query',
  topk: 'Results on a page',
  offset: 'Results before this page',
  date_from: 'Published from',
  date_to: 'Published to',
});

/** @param {string} title @param {import('./elements.js').Child[]} content */
const alarm = (title, ...content) =>
  element('div', { class: 'notice', role: 'alert' }, element('h2', {}, title), content);

const retry = () => element('button', { type: 'button', id: 'retry' }, 'Try again');

/** @param {string} field dotted */
function fieldName(field) {
  const name = field.replace(/^filters\.|\.\d+$/g, '').replace(/^q$/, 'query');
  return FIELDS[name] ?? name;
}

/** @param {Exclude<Answer, { kind: 'ok' }>} answer */
function failureOf(answer) {
  if (answer.kind === 'gone') {
    return alarm(
      'The search does not answer',
      'It may be restarting, or your connection is down.',
      element('p', {}, retry()),
    );
  }
  const { title, detail, status, errors, requestId } = answer.problem;
  const faults = errors?.map(({ field, expected, value }) =>
    element('li', {}, `${fieldName(field)}: expected ${expected}`, value !== null && `, not “${value}”`),
  );
  return alarm(
    title,
    faults ? element('ul', {}, faults) : element('p', { dir: 'auto' }, detail),
    status >= 500 && element('p', {}, 'If it stays so, tell the site: request ', element('code', {}, requestId)),
    status >= 500 && retry(),
  );
}

/** @param {number} total @param {URLSearchParams} params */
function emptinessOf(total, params) {
  if (total > 0) {
    const first = element('a', { href: hrefOf(changed(params, {})) }, 'Go to the first');
    return element('p', { class: 'notice' }, 'The results end before this page. ', first);
  }
  const hints = [
    activeFilters(params).length > 0 &&
      element('a', { href: hrefOf(withoutFilters(params)) }, 'Search without the filters'),
    params.get('mode') === 'bm25' &&
      element('a', { href: hrefOf(changed(params, { mode: 'hybrid' })) }, 'Match by meaning as well as by words'),
    'Try fewer words, or more common ones',
    'Check the spelling of names and error messages',
  ];
  const items = hints.filter((hint) => hint !== false).map((hint) => element('li', {}, hint));
  return element('div', { class: 'notice' }, element('h2', {}, 'Nothing found'), element('ul', {}, items));
}

/** @param {Answer} answer @param {URLSearchParams} params */
export function noticesOf(answer, params) {
  if (answer.kind !== 'ok') return [failureOf(answer)];
  const { degraded, hits, total } = answer.result;
  const sentences = degraded.map((kind) => element('p', { 'data-kind': kind }, DEGRADED[kind]));
  const notices = sentences.length > 0 ? [element('div', { class: 'notice' }, sentences)] : [];
  return hits.length > 0 ? notices : [...notices, emptinessOf(total, params)];
}
