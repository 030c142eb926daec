/** All charts of the page: which numbers each of them takes, and over which span. */
import { byId } from '../elements.js';
import { CURVE, LATENCY, LOAD, TRAFFIC, UNANSWERED, WAITS } from './chart-kinds.js';
import { ChartFigure } from './charts.js';
import { ms } from './figures.js';
import { History } from './history.js';
import { Points, secondBefore } from './points.js';
import { RANGES } from './ranges.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */
/** @typedef {import('./ranges.js').RangeName} RangeName */
/** @typedef {import('./chart.js').Mark} Mark */
/** @typedef {import('./chart.js').Span} Span */
/** @typedef {import('./chart-kinds.js').Kind} Kind */

/** What the server keeps no history of is kept here, for this long. */
const LIVE_S = 300;
const LIVE_NAMES = ['cpu', 'loop', 'gc', 'loopDelay', 'queue'];
/** The percentile plot reaches at least to 99.9 %, and no further than a million searches can tell. */
const INVERSE_MIN = 1000;
const INVERSE_MAX = 1e6;

/** What a chart says that has nothing to draw. */
const NOTES = {
  loading: 'Loading',
  failed: 'The history cannot be read; trying again',
  ready: 'No searches in this range',
};

/** @param {string} place @param {readonly Kind[]} kinds @param {string} syncKey */
const figuresOf = (place, kinds, syncKey) =>
  kinds.map((kind) => ({ kind, figure: new ChartFigure(place, kind, syncKey) }));

/** @param {Snapshot} snapshot @returns {Mark[]} the thresholds of the objectives, each once */
function marksOf({ objectives }) {
  const thresholds = objectives.map(({ thresholdMs }) => thresholdMs).filter((value) => value !== null);
  return [...new Set(thresholds)].map((value) => ({ value, label: ms(value) }));
}

export class ChartBoard {
  history;
  #live = new Points(LIVE_NAMES, LIVE_S + 1, 1);
  #overTime = figuresOf('charts', [TRAFFIC, UNANSWERED, LATENCY], 'time');
  #curve = new ChartFigure('charts', CURVE);
  #ofMachine = figuresOf('machine-charts', [LOAD, WAITS], 'live');

  /** @param {RangeName} range @param {() => void} onChange called when there is something else to draw */
  constructor(range, onChange) {
    this.history = new History(range, onChange);
  }

  /** @param {RangeName} range */
  select(range) {
    for (const { figure } of this.#overTime) figure.forget();
    this.#curve.forget();
    this.history.select(range);
  }

  /** @param {Snapshot} snapshot */
  take(snapshot) {
    const { timeMs, cpuShare, loop, queueMsP95 } = snapshot;
    this.history.append(snapshot);
    this.#live.append(secondBefore(timeMs), {
      cpu: cpuShare * 100,
      loop: loop.utilisation * 100,
      gc: loop.gcShare * 100,
      loopDelay: loop.delayMsMax,
      queue: queueMsP95,
    });
  }

  /** @param {Snapshot} snapshot whose time the charts end at */
  show(snapshot) {
    const { range, points, state } = this.history;
    const end = secondBefore(snapshot.timeMs) + 1;
    const marks = marksOf(snapshot);
    const note = NOTES[state];
    byId('history-state').textContent = `${state === 'failed' ? `${note}. ` : ''}Times are UTC`;
    /** @type {Span} */
    const span = [end - RANGES[range].seconds, end];
    for (const { kind, figure } of this.#overTime)
      figure.show(points.times, columnsOf(kind, points), span, note, kind === LATENCY ? marks : []);
    this.#showCurve(note, marks);
    for (const { kind, figure } of this.#ofMachine)
      figure.show(this.#live.times, columnsOf(kind, this.#live), [end - LIVE_S, end], 'Waiting for the first second');
  }

  /** @param {string} note @param {readonly Mark[]} marks */
  #showCurve(note, marks) {
    const points = this.history.curve
      .map(([percentile, value]) => /** @type {const} */ ([100 / (100 - percentile), value]))
      .filter(([inverse]) => inverse <= INVERSE_MAX);
    const inverses = points.map(([inverse]) => inverse);
    const span = /** @type {Span} */ ([1, Math.max(INVERSE_MIN, inverses.at(-1) ?? 0)]);
    this.#curve.show(inverses, [points.map(([, value]) => value)], span, note, marks);
  }
}

/** @param {Kind} kind @param {Points} points */
const columnsOf = ({ look }, points) => look.lines.map(({ name }) => points.columns[name] ?? []);
