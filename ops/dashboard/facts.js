/** Names and values, side by side. */
import { element } from '../elements.js';

/** @typedef {import('../elements.js').Child} Child */

/** @param {readonly (readonly [name: string, ...value: Child[]] | false)[]} facts */
export const factsOf = (facts) =>
  element(
    'dl',
    { class: 'facts' },
    facts
      .filter((fact) => fact !== false)
      .flatMap(([name, ...value]) => [element('dt', { dir: 'auto' }, name), element('dd', { dir: 'auto' }, value)]),
  );

/**
 * @param {string} caption read to who does not see where it stands
 * @param {readonly string[]} heads the first names the rows
 * @param {readonly (readonly Child[])[]} rows
 */
export function gridOf(caption, heads, rows) {
  const cell = (/** @type {Child} */ content, /** @type {number} */ at) =>
    at === 0 ? element('th', { scope: 'row', dir: 'auto' }, content) : element('td', { class: 'figure' }, content);
  return element(
    'div',
    { class: 'wide', tabindex: 0, role: 'region', 'aria-label': caption },
    element(
      'table',
      {},
      element('caption', { class: 'unseen' }, caption),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          heads.map((head, at) => element('th', { scope: 'col', class: at > 0 && 'figure' }, head)),
        ),
      ),
      element(
        'tbody',
        {},
        rows.map((row) => element('tr', {}, row.map(cell))),
      ),
    ),
  );
}
