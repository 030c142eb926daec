/** What was promised, what was kept, what may still go wrong, and how fast is that used up? */
import { element } from '../elements.js';
import { attained, duration, figure, NOTHING, percent, target, times, whole } from './figures.js';
import { marked, meter, toneOf } from './signs.js';

/** @typedef {import('../snapshot.ts').ObjectiveStatus} Objective */
/** @typedef {import('../snapshot.ts').BurnStatus} Burn */
/** @typedef {import('./signs.js').Tone} Tone */

/** Where the bar of a burn rate has its limit, of its width: what is beyond can be seen. */
const LIMIT_AT = 0.8;
/** Below this share of its budget an objective is no longer well. */
const BUDGET_LOW_PERCENT = 25;

/** @param {Objective} objective */
const promiseOf = ({ targetPercent, thresholdMs, windowDays }) =>
  `${target(targetPercent)} ${thresholdMs === null ? 'answered' : `within ${figure(thresholdMs)}\u00a0ms`}, ${windowDays} days`;

/** It fires when both windows burn too fast: the slower of the two says how near it is. @param {Burn} burn */
function burnItem({ severity, longS, shortS, burnMax, burnLong, burnShort, firing }) {
  const both = Math.min(burnLong ?? 0, burnShort ?? 0);
  const tone = firing ? toneOf(severity) : 'good';
  return element(
    'li',
    { class: firing && 'firing' },
    element('span', { class: 'windows' }, `${duration(longS)} / ${duration(shortS)}`),
    meter((both / burnMax) * LIMIT_AT, tone, LIMIT_AT),
    element(
      'span',
      { class: 'rates' },
      `${times(burnLong)} / ${times(burnShort)} `,
      element('span', { class: 'quiet' }, `of ${times(burnMax)}`),
    ),
    firing && marked(tone, severity),
  );
}

/** @param {number} left per cent @returns {Tone} */
function budgetTone(left) {
  if (left < 0) return 'bad';
  return left < BUDGET_LOW_PERCENT ? 'warn' : 'good';
}

/** @param {Objective} objective */
function budgetOf({ budgetLeftPercent, good, total }) {
  const tone = budgetTone(budgetLeftPercent);
  const sentence =
    budgetLeftPercent < 0 ? `overspent by ${percent(-budgetLeftPercent)}` : `${percent(budgetLeftPercent)} left`;
  return [
    element('p', { class: 'left' }, tone === 'good' ? sentence : marked(tone, sentence)),
    meter(budgetLeftPercent < 0 ? 1 : budgetLeftPercent / 100, tone),
    element('p', { class: 'quiet' }, `${whole(total - good)} bad of ${whole(total)}`),
  ];
}

/** @param {Objective} objective */
function rowOf(objective) {
  const { name, endpoints, attainedPercent, targetPercent, burns } = objective;
  const isMissed = attainedPercent !== null && attainedPercent < targetPercent;
  const reached = attainedPercent === null ? `${NOTHING} no events` : attained(attainedPercent);
  return element(
    'tr',
    { role: 'row' },
    element(
      'th',
      { scope: 'row', role: 'rowheader', dir: 'auto' },
      element('span', { class: 'name' }, name),
      element('span', { class: 'quiet' }, promiseOf(objective)),
      element('span', { class: 'quiet' }, endpoints.join(', ')),
    ),
    element('td', { role: 'cell', class: 'attained' }, isMissed ? marked('bad', reached) : reached),
    element('td', { role: 'cell' }, budgetOf(objective)),
    element('td', { role: 'cell' }, element('ul', { class: 'burns' }, burns.map(burnItem))),
  );
}

const HEADS = ['Objective', 'Attained', 'Error budget', 'Burn over long / short window'];

/** The roles keep it a table where a narrow screen lays it out as blocks. @param {readonly Objective[]} objectives */
export function objectivesOf(objectives) {
  if (objectives.length === 0) return element('p', { class: 'quiet' }, 'None set');
  const heads = HEADS.map((head) => element('th', { scope: 'col', role: 'columnheader' }, head));
  return element(
    'table',
    { class: 'objectives', role: 'table', 'aria-labelledby': 'objectives-title' },
    element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, heads)),
    element('tbody', { role: 'rowgroup' }, objectives.map(rowOf)),
  );
}
