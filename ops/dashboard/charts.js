/** How does a chart stand on the page? With its name, its lines and their values, words for who does not see it, and a table. */
import { byId, drawing, element } from '../elements.js';
import { Chart } from './chart.js';
import { spanOf, summaryOf, tableOf } from './chart-text.js';
import { renew } from './renew.js';

/** @typedef {import('./chart.js').Column} Column */
/** @typedef {import('./chart.js').Mark} Mark */
/** @typedef {import('./chart.js').Span} Span */
/** @typedef {import('./chart-kinds.js').Kind} Kind */

/** The words change no more often: whoever is listening to them gets to their end. */
const SUMMARY_MS_MIN = 10_000;

/** @param {import('./chart.js').Line} line as it is drawn */
const swatch = ({ colour, dash = [] }) =>
  drawing(
    'svg',
    { class: `swatch ${colour}`, viewBox: '0 0 24 4', 'aria-hidden': 'true' },
    drawing('line', { x1: 0, x2: 24, y1: 2, y2: 2, 'stroke-dasharray': dash.length > 0 && dash.join(' ') }),
  );

export class ChartFigure {
  #kind;
  #chart;
  #legend = element('ul', { class: 'legend' });
  #summary;
  #note = element('p', { class: 'nothing', hidden: true });
  #details;
  #table = element('div', { class: 'wide', tabindex: 0, role: 'region' });
  #summaryMs = 0;
  /** @type {number[]} */
  #x = [];
  /** @type {Column[]} */
  #columns = [];

  /** @param {string} place id of the element that takes it in @param {Kind} kind @param {string | null} [syncKey] */
  constructor(place, kind, syncKey = null) {
    const { id, title, unit } = kind;
    this.#kind = kind;
    this.#summary = element('p', { class: 'unseen', id: `${id}-summary` });
    const plot = element('div', {
      class: 'plot',
      role: 'img',
      'aria-labelledby': `${id}-title`,
      'aria-describedby': `${id}-summary`,
    });
    this.#table.setAttribute('aria-label', `Last values: ${title}`);
    const hidden = element('span', { class: 'unseen' }, ` of ${title}`);
    this.#details = element('details', {}, element('summary', {}, 'Table', hidden), this.#table);
    this.#details.addEventListener('toggle', () => this.#showTable());
    const heading = element('h3', { id: `${id}-title` }, title, ' ', element('small', {}, unit));
    const stage = element('div', { class: 'stage' }, plot, this.#note);
    byId(place).append(element('figure', {}, heading, this.#legend, stage, this.#summary, this.#details));
    this.#chart = new Chart(plot, kind.look, syncKey, () => this.#showLegend());
  }

  /**
   * @param {number[]} x
   * @param {Column[]} columns one a line
   * @param {Span} span of x
   * @param {string} note what to say where there is nothing to draw
   * @param {readonly Mark[]} [marks]
   */
  show(x, columns, span, note, marks = []) {
    this.#x = x;
    this.#columns = columns;
    this.#chart.show(x, columns, span, marks);
    this.#note.hidden = columns.some((column) => column.some((value) => value !== null));
    this.#note.textContent = note;
    this.#showLegend();
    this.#showTable();
    if (Date.now() - this.#summaryMs < SUMMARY_MS_MIN) return;
    this.#summaryMs = Date.now();
    this.#summary.textContent = summaryOf(this.#kind, x, columns);
  }

  /** The words of before belong to another range. */
  forget() {
    this.#summaryMs = 0;
  }

  /** Values under the pointer, or the last ones. */
  #showLegend() {
    const { look, write, writeRow } = this.#kind;
    const row = this.#chart.at ?? this.#x.length - 1;
    const items = look.lines.map((line, at) =>
      element('li', {}, swatch(line), ` ${line.label} `, element('b', {}, write(this.#columns[at]?.[row]))),
    );
    const x = this.#x[row];
    renew(
      this.#legend,
      items,
      element('li', { class: 'quiet' }, x !== undefined && `at ${writeRow(x, spanOf(this.#x))}`),
    );
  }

  #showTable() {
    if (this.#details.open) renew(this.#table, tableOf(this.#kind, this.#x, this.#columns));
  }
}
