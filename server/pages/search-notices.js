/** What should a visitor know beside the results? */
import { element } from './elements.js';

/** @typedef {import('./search-client.js').Answer} Answer */

const PARTLY = 'Only the first results were read twice.';
const BUSY = 'Many are searching: results are simpler than usual.';
const PARTS = /** @type {Record<string, [string, string]>} */ ({
  dense: ['Search by meaning', 'These results share words with your query.'],
  rerank: ['The second reading', 'Results stand in their first order.'],
  arm: ['One of two rankings under trial', 'Results are those of the other.'],
});
const REASONS = /** @type {Record<string, string>} */ ({
  unavailable: 'is not available now',
  language: 'does not know the language of your query yet',
  failed: 'failed this time',
  deadline: 'found no time',
  off: 'is left out for some, to see what it adds',
});

/** @param {string} kind */
function sentenceOf(kind) {
  const [part = '', reason = ''] = kind.split('_');
  const said = REASONS[reason];
  return said ? `${PARTS[part]?.[0]} ${said}. ${PARTS[part]?.[1]}` : reason === 'partial' ? PARTLY : BUSY;
}

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

/** @param {Answer} answer @param {URLSearchParams} params */
export async function noticesOf(answer, params) {
  if (answer.kind !== 'ok') return [failureOf(answer)];
  const { degraded, hits, total } = answer.result;
  const kinds = new Map(degraded.map((kind) => [sentenceOf(kind), kind]));
  const sentences = [...kinds].map(([said, kind]) => element('p', { 'data-kind': kind }, said));
  const notices = sentences.length > 0 ? [element('div', { class: 'notice' }, sentences)] : [];
  if (hits.length > 0) return notices;
  const { emptinessOf } = await import('./search-empty.js');
  return [...notices, emptinessOf(total, params)];
}
