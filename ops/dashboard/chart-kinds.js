/** Which charts are there, what stands on their axes, and what do their lines mean? */
import { clock, decimal, ms, percent, rate } from './figures.js';

/** @typedef {import('./chart.js').Look} Look */
/** @typedef {import('./chart.js').Mark} Mark */
/** @typedef {import('./chart.js').Span} Span */
/**
 * @typedef {object} Kind
 * @property {string} id
 * @property {string} title
 * @property {string} unit in words, beside the title
 * @property {(value: number | null | undefined) => string} write a value of a line
 * @property {string} rowName what a row of its table is
 * @property {(x: number, span: number) => string} writeRow what stands before its values; `span` is that of the whole chart
 * @property {Look} look
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const DAY_S = 86_400;

/** @param {number} timeS @returns {string} such as 1 Mar */
function dayOf(timeS) {
  const date = new Date(timeS * 1000);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

/** @param {number} timeS @param {number} spanS over a day or more, the time alone says too little */
const rowTime = (timeS, spanS) => `${spanS < DAY_S ? '' : `${dayOf(timeS)} `}${clock(timeS * 1000)}`;

/** As fine as the distance between them asks for. @param {number[]} splits */
function timeWords(splits) {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  return splits.map((timeS) => (step < DAY_S ? clock(timeS * 1000).slice(0, 5) : dayOf(timeS)));
}

/** @param {number} inverse 1 / (1 - percentile / 100) @returns {string} such as 99.9 % */
const percentileWords = (inverse) =>
  `${Number((100 - 100 / inverse).toFixed(Math.max(0, Math.ceil(Math.log10(inverse)) - 1)))}\u00a0%`;

/** From zero to a little above the highest. @param {number} least the highest is at least this */
const fromZero =
  (/** @type {number} */ least) =>
  /** @returns {Span} */
  (/** @type {number | null} */ _low, /** @type {number | null} */ high) => [0, Math.max(least, (high ?? 0) * 1.1)];

/** All values and all marks, with the decade below the lowest. @type {Look['ySpan']} */
function logarithmic(low, high, marks) {
  const floor = 10 ** Math.floor(Math.log10(Math.max(0.01, low ?? 1)));
  return [floor, Math.max(floor * 10, (high ?? 0) * 1.2, ...marks.map(({ value }) => value * 1.4))];
}

/** Without zeros at its end. @param {number} value */
const axisWords = (value) => `${Number(decimal(value).replaceAll(',', ''))}`;

/** @param {number} value milliseconds */
const msAxis = (value) => (value >= 1000 ? `${axisWords(value / 1000)} s` : `${axisWords(value)} ms`);

const overTime = { isTime: true, isLogarithmic: false, xWords: timeWords, yWords: axisWords, ySpan: fromZero(10) };
const timeRows = { rowName: 'Time, UTC', writeRow: rowTime };

/** @type {Kind} */
export const TRAFFIC = {
  id: 'traffic',
  title: 'Answered',
  unit: 'searches a second',
  write: rate,
  ...timeRows,
  look: { ...overTime, lines: [{ name: 'answered', label: 'answered', colour: 'accent', isFilled: true }] },
};

/** What spends the budget is drawn through; what the caller did is dashed. @type {Kind} */
export const UNANSWERED = {
  id: 'unanswered',
  title: 'Not answered',
  unit: 'searches a second',
  write: rate,
  ...timeRows,
  look: {
    ...overTime,
    lines: [
      { name: 'failed', label: 'failed', colour: 'line-red' },
      { name: 'deadline', label: 'too late', colour: 'line-violet' },
      { name: 'shed', label: 'shed', colour: 'line-amber' },
      { name: 'limited', label: 'limited', colour: 'line-blue', dash: [6, 4] },
      { name: 'invalid', label: 'invalid', colour: 'muted', dash: [2, 3] },
      { name: 'aborted', label: 'aborted', colour: 'line-green', dash: [8, 3, 2, 3] },
    ],
  },
};

/** @type {Kind} */
export const LATENCY = {
  id: 'latency',
  title: 'Latency',
  unit: 'of answered searches, logarithmic',
  write: ms,
  ...timeRows,
  look: {
    ...overTime,
    isLogarithmic: true,
    yWords: msAxis,
    ySpan: logarithmic,
    lines: [
      { name: 'p99Ms', label: 'p99', colour: 'line-violet' },
      { name: 'p95Ms', label: 'p95', colour: 'accent', dash: [7, 3] },
      { name: 'p50Ms', label: 'p50', colour: 'muted', dash: [2, 3] },
    ],
  },
};

/** As HdrHistogram plots it: each step to the right leaves a tenth of the searches. @type {Kind} */
export const CURVE = {
  id: 'curve',
  title: 'Percentiles',
  unit: 'share of searches answered within, both logarithmic',
  write: ms,
  rowName: 'Percentile',
  writeRow: percentileWords,
  look: {
    isTime: false,
    isLogarithmic: true,
    xWords: (splits) => splits.map((inverse) => percentileWords(inverse)),
    yWords: msAxis,
    xSplits: (low, high) => [1, 10, 100, 1000, 10_000, 100_000].filter((split) => split >= low && split <= high),
    ySpan: logarithmic,
    lines: [{ name: 'ms', label: 'whole range', colour: 'accent' }],
  },
};

/** @type {Kind} */
export const LOAD = {
  id: 'load',
  title: 'Load',
  unit: 'per cent of the time, live',
  write: percent,
  ...timeRows,
  look: {
    ...overTime,
    ySpan: () => [0, 100],
    yWords: (value) => `${axisWords(value)} %`,
    lines: [
      { name: 'cpu', label: 'CPU', colour: 'accent', isFilled: true },
      { name: 'loop', label: 'event loop', colour: 'line-violet' },
      { name: 'gc', label: 'garbage collection', colour: 'line-amber', dash: [6, 4] },
    ],
  },
};

/** @type {Kind} */
export const WAITS = {
  id: 'waits',
  title: 'Waits',
  unit: 'longest of each second, live',
  write: ms,
  ...timeRows,
  look: {
    ...overTime,
    ySpan: fromZero(20),
    yWords: msAxis,
    lines: [
      { name: 'loopDelay', label: 'event loop held up', colour: 'line-violet' },
      { name: 'queue', label: 'for a worker, p95', colour: 'accent', dash: [7, 3] },
    ],
  },
};
