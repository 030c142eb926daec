/** What can be done where a page has no results? Loaded only then. */
import { element } from './elements.js';
import { activeFilters, changed, hrefOf, withoutFilters } from './search-address.js';

/** @param {number} total @param {URLSearchParams} params */
export function emptinessOf(total, params) {
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
