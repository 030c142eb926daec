/** What is tried on some of the users: is it any worse, how sure is that, and what holds it up? */
import { drawing, element } from '../elements.js';
import { gridOf } from './facts.js';
import { decimal, moment, ms, percent, whole, words } from './figures.js';
import { marked, meter, sign } from './signs.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */
/** @typedef {import('../snapshot.ts').ExperimentBrief} Experiment */
/** @typedef {import('../snapshot.ts').ComparedArm} Arm */
/** @typedef {import('../elements.js').Child} Child */

/** Where the bar of the evidence has its threshold, of its width. */
const LIMIT_AT = 0.8;
const PLOT = { width: 120, height: 24 };

/** @type {Readonly<Record<string, import('./signs.js').Tone>>} */
const PHASE_TONES = { running: 'good', promoted: 'good', paused: 'warn', inconclusive: 'warn', rolled_back: 'bad' };

/** In which everybody is on control. @type {readonly string[]} */
const NOBODY = ['pending', 'rolled_back'];

/** @param {Snapshot} snapshot @returns {Child[]} */
export const canaryOf = ({ canary: { stop, experiments }, arms }) => [
  stop !== null &&
    element(
      'p',
      { class: 'notice bad' },
      sign('bad'),
      element(
        'span',
        { dir: 'auto' },
        element('b', {}, 'Emergency stop'),
        `: everybody is on control since ${moment(stop.atMs)}, by ${stop.by}${stop.reason === '' ? '' : `: ${stop.reason}`}`,
      ),
    ),
  element('ul', { class: 'detectors' }, experiments.map(experimentItem)),
  arms.length > 1 && armsOf(arms),
];

/** @param {Experiment} experiment */
function experimentItem({ name, phase, sharePercent, step, seen }) {
  const going = step === null ? '' : `, step ${step.at} of ${step.of}`;
  const users = NOBODY.includes(phase) ? 'Nobody' : `${percent(sharePercent)} of users`;
  return element(
    'li',
    {},
    element('h3', { dir: 'auto' }, name),
    marked(PHASE_TONES[phase] ?? 'none', words(phase)),
    element('span', { class: 'level' }, `${users}${going}`),
    ...(seen === null ? [] : seenOf(name, seen)),
  );
}

/** @param {string} name @param {NonNullable<Experiment['seen']>} seen */
function seenOf(name, { arms, evidence, history, obstacles }) {
  const tone = evidence >= 1 ? 'bad' : evidence >= 0.5 ? 'warn' : 'good';
  const kinds = arms.control.bad.map(({ kind }) => words(kind));
  const rows = /** @type {const} */ (['control', 'canary']).map((arm) => [
    arm,
    whole(arms[arm].requests),
    ...arms[arm].bad.map(shareOf),
  ]);
  return [
    gridOf(`Both arms of ${name}: shares with their bounds`, ['Arm', 'compared', ...kinds], rows),
    element(
      'p',
      { class: 'quiet' },
      `That the canary is worse: ${decimal(Math.round(Math.max(0, evidence) * 100) / 100)} of the evidence at which it is rolled back`,
    ),
    meter(Math.max(0, evidence) * LIMIT_AT, tone, LIMIT_AT),
    history.length > 1 && plotOf(history),
    ...obstacles.map((obstacle) => element('p', { class: 'quiet', dir: 'auto' }, `Before the next step: ${obstacle}`)),
  ];
}

/** @param {Arm['bad'][number]} bad */
const shareOf = ({ rate, low, high }) =>
  rate === null
    ? '–'
    : element('span', { title: `at least ${percent(100 * low)}, at most ${percent(100 * high)}` }, [
        percent(100 * rate),
        element('small', {}, ` ${percent(100 * low)}–${percent(100 * high)}`),
      ]);

/** The evidence over the last minutes, below the line at which the canary is rolled back. @param {readonly number[]} history */
function plotOf(history) {
  const { width, height } = PLOT;
  const y = (/** @type {number} */ value) => height - height * LIMIT_AT * Math.min(1 / LIMIT_AT, Math.max(0, value));
  const points = history.map(
    (value, at) => `${((at * width) / (history.length - 1)).toFixed(1)},${y(value).toFixed(1)}`,
  );
  return drawing(
    'svg',
    { class: 'trace', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    drawing('path', { class: 'limit', d: `M0 ${y(1).toFixed(1)}H${width}` }),
    drawing('path', { d: `M${points.join('L')}` }),
  );
}

/** @param {Snapshot['arms']} arms */
function armsOf(arms) {
  const rows = arms.map(({ arm, sharePercent, requests, bad, latency }) => [
    arm,
    percent(sharePercent),
    whole(requests),
    whole(bad),
    ms(latency?.p50Ms),
    ms(latency?.p95Ms),
    ms(latency?.p99Ms),
  ]);
  return gridOf('Arms over the last minute', ['Arm', 'share', 'requests', 'bad', 'p50', 'p95', 'p99'], rows);
}
