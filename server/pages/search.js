/**
 * The search page. Its address is its state: every change goes to the address, and the address is shown.
 */
import { byId, element } from './elements.js';
import { changed, hrefOf, PAGE_HITS, readAddress } from './search-address.js';
import { search } from './search-client.js';
import { chipsOf, facetsOf } from './search-filters.js';
import { hitsOf } from './search-hits.js';
import { listenToKeys } from './search-keys.js';
import { noticesOf } from './search-notices.js';
import { timingsOf } from './search-timings.js';

/** @typedef {import('../../engine/types.ts').SearchResult} SearchResult */

const TYPING_MS = 300;
const WIDE = matchMedia('(min-width: 56rem)');

/** @type {HTMLFormElement} */
const form = byId('search');
/** @type {HTMLInputElement} */
const box = byId('q');
/** @type {HTMLDetailsElement} */
const options = byId('options');

let params = readAddress(location.search);
/** What the server does where the address says nothing; its answers correct this. */
const defaults = new URLSearchParams('mode=hybrid&rerank=true&collapse=post');
/** Ends what is asked for the address before. */
let running = new AbortController();
/** Set while words are typed: the whole typing is one step of the history. */
let typing = false;
let typingTimer = 0;

/** @param {URLSearchParams} next */
function go(next, replace = false) {
  clearTimeout(typingTimer);
  typing = false;
  if (`${next}` !== `${params}`) history[replace ? 'replaceState' : 'pushState'](null, '', hrefOf(next));
  params = next;
  void show();
}

async function show() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const query = params.get('q');
  document.title = query === null ? 'Search' : `${query} – Search`;
  document.body.className = query === null ? 'welcome' : 'found';
  showControls();
  byId('chips').replaceChildren(...chipsOf(params));
  if (query === null) return;
  byId('answer').ariaBusy = 'true';
  try {
    const { answer, facets } = await search(params, signal);
    const notices = await noticesOf(answer, params);
    if (signal.aborted) return;
    byId('answer').ariaBusy = null;
    byId('notices').replaceChildren(...notices);
    showResult(answer.kind === 'ok' ? answer.result : null);
    if (answer.kind !== 'ok') return;
    showFacets(facets);
    void tellClicks(answer.told);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

let telling = false;
/** @param {string | null} told id of the request where the server wants to know what is opened */
async function tellClicks(told) {
  if (told === null && !telling) return;
  telling = true;
  (await import('./search-clicks.js')).tellClicksOf(told);
}

/** The controls say what the address says, and the defaults where it says nothing. */
function showControls() {
  for (const control of form.elements) {
    if (!(control instanceof HTMLInputElement)) continue;
    const { name, type, value } = control;
    const values = (params.has(name) ? params : defaults).getAll(name);
    if (type === 'radio' || type === 'checkbox') control.checked = values.includes(value);
    else if (type === 'date') control.value = values[0]?.slice(0, 10) ?? '';
    else if (value.trim() !== (values[0] ?? '')) control.value = values[0] ?? '';
  }
}

/** @param {SearchResult | null} result */
function showResult(result) {
  byId('results').replaceChildren(...hitsOf(result?.hits ?? [], params.get('collapse') === 'passage'));
  byId('timings').replaceChildren(result ? timingsOf(result.timings) : '');
  byId('count').textContent = result ? countOf(result) : '';
  byId('pages').replaceChildren(...(result ? pagesOf(result) : []));
  if (!result || result.hits.length === 0) return;
  const { degraded, reranked, mode } = result;
  const dropped = (/** @type {string} */ stage) => degraded.some((kind) => kind.startsWith(stage));
  if (!params.has('rerank')) defaults.set('rerank', `${reranked || dropped('rerank')}`);
  if (!params.has('mode') && !dropped('dense')) defaults.set('mode', mode);
  showControls();
}

/** @param {SearchResult} result */
function countOf({ total, offset, hits }) {
  const all = total === 1 ? '1 result' : `${total.toLocaleString()} results`;
  return hits.length === 0 || hits.length === total ? all : `${offset + 1}–${offset + hits.length} of ${all}`;
}

/** @param {SearchResult} result */
function pagesOf({ total, offset, hits }) {
  if (hits.length === 0 || hits.length === total) return [];
  const topk = Number(params.get('topk') ?? PAGE_HITS);
  const link = (/** @type {string} */ words, /** @type {number} */ at) =>
    element('a', { href: hrefOf(changed(params, { offset: at > 0 ? at : null })) }, words);
  const end = offset + hits.length;
  return [
    offset > 0 ? link('← Previous', offset - topk) : element('span'),
    element('span', {}, `${offset + 1}–${end} of ${total.toLocaleString()}`),
    end < total ? link('Next →', offset + topk) : element('span'),
  ];
}

/**
 * Redraws the choices without taking the focus from under the visitor.
 * @param {import('./search-client.js').Facets} facets
 */
function showFacets(facets) {
  const area = byId('facets');
  const unfolded = new Set([...area.querySelectorAll('details')].map((more) => (more.open ? more.dataset.field : '')));
  const held = area.contains(document.activeElement) ? document.activeElement : null;
  area.replaceChildren(...facetsOf(facets, params, unfolded));
  if (!(held instanceof HTMLInputElement)) return;
  const same = [...area.querySelectorAll('input')].find(
    ({ name, value }) => name === held.name && value === held.value,
  );
  same?.focus();
}

/** @param {HTMLDetailsElement} why */
async function showReasons(why) {
  const { signal } = running;
  try {
    const { reasonsOf } = await import('./search-explain.js');
    why.lastElementChild?.replaceChildren(...(await reasonsOf(why.dataset.id, params, signal)));
  } catch {
    if (!signal.aborted) why.lastElementChild?.replaceChildren('Not available just now. Close, and open to try again');
  }
}

function typed() {
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => {
    go(changed(params, { q: box.value.trim() }), typing);
    typing = true;
  }, TYPING_MS);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  go(changed(params, { q: box.value.trim() }), typing);
});
box.addEventListener('input', (event) => {
  if (!(event instanceof InputEvent && event.isComposing)) typed();
});
box.addEventListener('compositionend', typed);
document.addEventListener('change', ({ target }) => {
  if (!(target instanceof HTMLInputElement) || target === box || target.form !== form) return;
  const { name, value, checked, type } = target;
  const others = params.getAll(name).filter((other) => other !== value);
  if (name === 'rerank') go(changed(params, { rerank: checked }));
  else if (type === 'checkbox') go(changed(params, { [name]: checked ? [...others, value] : others }));
  else go(changed(params, { [name]: value }));
});
document.addEventListener('click', (event) => {
  if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.id === 'retry') void show();
  const href = event.target.closest('a')?.getAttribute('href');
  if (href !== './' && !href?.startsWith('?')) return;
  event.preventDefault();
  go(readAddress(href.slice(href.indexOf('?'))));
  scrollTo(0, 0);
  (params.has('q') ? byId('count') : box).focus();
});
document.addEventListener(
  'toggle',
  ({ target }) => {
    if (target instanceof HTMLDetailsElement && target.open && target.matches('.why:not(:has(table))'))
      void showReasons(target);
  },
  true,
);
addEventListener('popstate', () => {
  const next = readAddress(location.search);
  // The skip link changes the address, too.
  if (`${next}` === `${params}`) return;
  clearTimeout(typingTimer);
  typing = false;
  params = next;
  void show();
});
const fold = () => {
  options.open = WIDE.matches;
};
WIDE.addEventListener('change', fold);
fold();
listenToKeys(box, () => go(readAddress('')));
if (!params.has('q')) box.focus();
void show();
