/** What narrows the search: values with counts to choose from, and chips to take away again. */
import { element } from './elements.js';
import { activeFilters, FACETS, hrefOf, withoutFilters } from './search-address.js';

/** Values shown at once; the others unfold. */
const SHOWN = 6;
/** @param {string} field */
const nameOf = (field) => field.replace('date_', '').replace(/^./, (first) => first.toUpperCase());
const languages = new Intl.DisplayNames(['en'], { type: 'language' });

/** @param {string} field @param {string} value */
function wordFor(field, value) {
  try {
    return field === 'language' ? languages.of(value) : value;
  } catch {
    return value;
  }
}

/**
 * A fieldset for each field that offers a choice.
 * @param {import('./search-client.js').Facets} facets
 * @param {URLSearchParams} params
 * @param {ReadonlySet<string | undefined>} unfolded fields whose further values are shown
 */
export const facetsOf = (facets, params, unfolded) =>
  FACETS.flatMap((field) => {
    const chosen = params.getAll(field);
    const counted = facets[field] ?? [];
    const absent = chosen.filter((value) => !counted.some((one) => one.value === value));
    const offered = [...counted, ...absent.map((value) => ({ value, count: 0 }))];
    if (offered.length < 2 && chosen.length === 0) return [];
    const boxes = offered.map(({ value, count }) =>
      element(
        'label',
        {},
        element('input', { type: 'checkbox', name: field, value, form: 'search', checked: chosen.includes(value) }),
        element('span', { dir: 'auto' }, wordFor(field, value)),
        element('span', { class: 'tally' }, count),
      ),
    );
    const isShown = (/** @type {unknown} */ _, /** @type {number} */ at) =>
      at < SHOWN || chosen.includes(offered[at]?.value ?? '');
    const rest = boxes.filter((box, at) => !isShown(box, at));
    const more = element(
      'details',
      { class: 'more', 'data-field': field, open: unfolded.has(field) },
      element('summary', {}, `${rest.length} more`),
      rest,
    );
    const legend = element('legend', {}, nameOf(field));
    return [element('fieldset', {}, legend, boxes.filter(isShown), rest.length > 0 && more)];
  });

/** @param {URLSearchParams} params */
export function chipsOf(params) {
  const chip = (/** @type {string} */ text, /** @type {string} */ href, /** @type {string} */ label) =>
    element('li', {}, element('a', { class: 'chip', href, 'aria-label': label, dir: 'auto' }, text));
  const chips = activeFilters(params).map(({ name, value, href }) => {
    const text = `${nameOf(name)}: ${wordFor(name, value)}`;
    return chip(`${text} ×`, href, `Remove filter ${text}`);
  });
  if (chips.length > 1) chips.push(chip('Remove all', hrefOf(withoutFilters(params)), 'Remove all filters'));
  return chips;
}
