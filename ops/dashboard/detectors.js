/** What fires, since when and why; and how near are the others to it? */
import { element } from '../elements.js';
import { decimal, duration, figure, words } from './figures.js';
import { marked, meter, sign, toneOf } from './signs.js';
import { firingForS, firingOf } from './verdict.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */
/** @typedef {import('../verdict.ts').Verdict} Detector */

/** Where the bar of a level has its threshold, of its width: what is beyond can be seen. */
const LIMIT_AT = 0.8;

/** @param {Detector} detector @param {Snapshot} snapshot */
function alarmOf(detector, snapshot) {
  const { severity, why, numbers, incident } = detector;
  const tone = toneOf(severity);
  const values = Object.entries(numbers).map(([name, value]) =>
    element('li', {}, `${name} `, element('b', {}, figure(value))),
  );
  return element(
    'li',
    { class: `alarm ${tone}` },
    sign(tone),
    element(
      'div',
      {},
      element(
        'h2',
        { dir: 'auto' },
        words(detector.detector),
        ' ',
        element(
          'small',
          {},
          `${severity ?? 'firing'}, since ${duration(firingForS(detector, snapshot))}, ${words(incident)}`,
        ),
      ),
      element('p', { dir: 'auto' }, why),
      values.length > 0 && element('ul', { class: 'numbers' }, values),
    ),
  );
}

/** Worst first; nothing where none fires. @param {Snapshot} snapshot */
export const alarmsOf = (snapshot) => {
  const firing = firingOf(snapshot);
  return (
    firing.length > 0 &&
    element(
      'ul',
      { class: 'alarms' },
      firing.map((one) => alarmOf(one, snapshot)),
    )
  );
};

/** @param {Detector} detector */
function detectorItem({ detector, firing, severity, level, why }) {
  const tone = firing ? toneOf(severity) : 'good';
  return element(
    'li',
    {},
    element('h3', { dir: 'auto' }, words(detector)),
    firing ? marked(tone, severity ?? 'firing') : marked('good', 'calm'),
    element(
      'span',
      { class: 'level' },
      meter(level * LIMIT_AT, tone, LIMIT_AT),
      ` ${decimal(Math.round(level * 100) / 100)} of 1`,
    ),
    element('p', { class: 'quiet', dir: 'auto' }, why),
  );
}

/** In their own order: nobody should have to look for one that moved. @param {Snapshot} snapshot */
export const detectorsOf = ({ detectors }) =>
  detectors.length === 0
    ? element('p', { class: 'quiet' }, 'None running')
    : element('ul', { class: 'detectors' }, detectors.map(detectorItem));
