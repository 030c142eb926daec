/** Results as a list to read. */
import { element } from './elements.js';

/** @typedef {import('../../engine/types.ts').Hit} Hit */

const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
const ENTITIES = /** @type {Record<string, string>} */ ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" });

/** @param {string} escaped */
const textOf = (escaped) => escaped.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name) => ENTITIES[name] ?? '');

/**
 * A snippet is escaped text with <mark> around the matches. It is taken apart into text and marks, never parsed as HTML,
 * so that no other element can come out of it.
 * @param {string} snippet
 */
export function snippetOf(snippet) {
  return snippet
    .split(/<mark>([^<]*)<\/mark>/)
    .map((part, at) => (at % 2 === 1 ? element('mark', {}, textOf(part)) : textOf(part)));
}

/** Only the web is linked to: a source may hold any address. @param {string} url */
function linkable(url) {
  const isWeb = URL.canParse(url, location.href) && /^https?:$/.test(new URL(url, location.href).protocol);
  return isWeb && url !== '' ? url : null;
}

/** @param {Hit} hit @param {boolean} passages */
function metaOf({ id, date, author, type, categories }, passages) {
  const parts = [
    date && element('time', { datetime: date }, dates.format(new Date(date))),
    author && element('span', { dir: 'auto' }, author),
    element('span', {}, type),
    categories.length > 0 && element('span', { dir: 'auto' }, categories.join(', ')),
    passages && element('span', {}, `passage ${Number(id.split('#').at(-1)) + 1}`),
  ];
  return element('p', { class: 'meta' }, parts);
}

/** @param {readonly Hit[]} hits @param {boolean} passages whether each stands for itself, not its post */
export function hitsOf(hits, passages) {
  return hits.map((hit) =>
    element(
      'li',
      { class: 'hit', value: hit.rank },
      element('h2', { dir: 'auto' }, element('a', { href: linkable(hit.url) }, hit.title || hit.url)),
      metaOf(hit, passages),
      element('p', { class: 'snippet', dir: 'auto' }, snippetOf(hit.snippet)),
      element(
        'details',
        { class: 'why', 'data-id': hit.id },
        element('summary', {}, 'Why this result'),
        element('div'),
      ),
    ),
  );
}
