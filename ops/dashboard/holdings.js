/** What is served, by which models, and what could not be kept of it? */
import { element } from '../elements.js';
import { factsOf } from './facts.js';
import { bytes, plural, whole, words } from './figures.js';
import { marked } from './signs.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */

/** Any other state of a model is a trouble. @type {Readonly<Record<string, import('./signs.js').Tone>>} */
const MODEL_TONES = { ready: 'good', off: 'none' };

/** @param {Snapshot} snapshot */
export function indexOf({ index, changes }) {
  const { generation, createdAt, posts, passages } = index;
  return [
    factsOf([
      ['Generation', element('code', {}, generation)],
      ['Built', createdAt],
      ['Posts', whole(posts)],
      ['Passages', whole(passages)],
      ['Size', bytes(index.bytes)],
      ...changesOf(changes),
    ]),
  ];
}

/** Nothing where nothing has changed. @param {Snapshot['changes']} changes @returns {Parameters<typeof factsOf>[0]} */
function changesOf({ documents, oldestS, invisible, withoutVectors, journalBytes, merging, fault }) {
  if (documents === 0 && fault === null) return [];
  const since = oldestS === null ? '' : `, since ${plural(oldestS, 'second')}`;
  const behind = invisible + withoutVectors;
  return [
    ['Changed', `${plural(documents, 'document')}${since}`],
    ['Journal', bytes(journalBytes)],
    ...(behind > 0 ? [/** @type {const} */ (['On their way', plural(behind, 'change')])] : []),
    ...(merging ? [/** @type {const} */ (['Merge', 'under way'])] : []),
    ...(fault === null ? [] : [/** @type {const} */ (['Trouble', marked('warn', fault)])]),
  ];
}

/** @param {Snapshot} snapshot */
export const modelsOf = ({ models }) => [
  factsOf(
    Object.entries(models).map(([role, { name, state }]) => [
      role,
      element('code', {}, name),
      ' ',
      marked(MODEL_TONES[state] ?? 'warn', state),
    ]),
  ),
];

/** @param {Snapshot} snapshot @param {number} stepsMissed by this page */
export function lostOf({ lost }, stepsMissed) {
  const losses = Object.entries(lost).filter(([, count]) => count > 0);
  const all =
    stepsMissed > 0 ? [...losses, /** @type {const} */ (['seconds missed by this page', stepsMissed])] : losses;
  if (all.length === 0) return [element('p', { class: 'quiet' }, 'Nothing lost')];
  return [factsOf(all.map(([where, count]) => [words(where), marked('warn', plural(count, 'time'))]))];
}
