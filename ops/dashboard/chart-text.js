/** What does a chart say to who does not see it? Lowest, highest and last of each line, and a table of the last values. */
import { element } from '../elements.js';

/** @typedef {import('./chart.js').Column} Column */
/** @typedef {import('./chart-kinds.js').Kind} Kind */

const ROWS_MAX = 12;

/** @param {number[]} x */
export const spanOf = (x) => (x.at(-1) ?? 0) - (x[0] ?? 0);

/** @param {Column} column */
const measured = (column) => column.filter((value) => value !== null);

/** @param {Kind} kind @param {number[]} x @param {Column[]} columns */
export function summaryOf({ look, write, writeRow, rowName }, x, columns) {
  const sentences = look.lines.map(({ label }, line) => {
    const values = measured(columns[line] ?? []);
    if (values.length === 0) return `${label}: nothing measured.`;
    const low = values.reduce((one, other) => Math.min(one, other));
    const high = values.reduce((one, other) => Math.max(one, other));
    if (low === high) return `${label}: ${write(low)} throughout.`;
    return `${label}: from ${write(low)} to ${write(high)}, last ${write(values.at(-1))}.`;
  });
  const [first, last] = [x[0], x.at(-1)];
  const span =
    first === undefined || last === undefined
      ? ''
      : `${rowName} ${writeRow(first, last - first)} to ${writeRow(last, last - first)}. `;
  return `${span}${sentences.join(' ')}`;
}

/** Newest first; of a curve, points spread over the whole of it. @param {Kind} kind @param {number[]} x @returns {number[]} */
function rowsShown({ look }, x) {
  const last = x.length - 1;
  const count = Math.min(ROWS_MAX, x.length);
  if (look.isTime) return Array.from({ length: count }, (_, at) => last - at);
  const spread = Array.from({ length: count }, (_, at) => Math.round((at * last) / Math.max(1, count - 1)));
  return [...new Set(spread)];
}

/** @param {Kind} kind @param {number[]} x @param {Column[]} columns */
export function tableOf(kind, x, columns) {
  const { look, write, writeRow, rowName, title } = kind;
  const heads = [rowName, ...look.lines.map(({ label }) => label)].map((head, at) =>
    element('th', { scope: 'col', class: at > 0 && 'figure' }, head),
  );
  const rows = rowsShown(kind, x).map((row) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, writeRow(x[row] ?? 0, spanOf(x))),
      columns.map((column) => element('td', { class: 'figure' }, write(column[row]))),
    ),
  );
  return element(
    'table',
    {},
    element('caption', { class: 'unseen' }, title),
    element('thead', {}, element('tr', {}, heads)),
    element('tbody', {}, rows),
  );
}
