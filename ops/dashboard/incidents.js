/** What is open? */
import { element } from '../elements.js';
import { duration, moment, words } from './figures.js';
import { marked, rankOf, toneOf } from './signs.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */
/** @typedef {import('../snapshot.ts').IncidentBrief} Incident */

/** @param {Incident} incident @param {number} nowMs */
function incidentItem({ id, type, severity, state, openedMs, summary }, nowMs) {
  const age = duration((nowMs - openedMs) / 1000);
  return element(
    'li',
    {},
    element('h3', { dir: 'auto' }, words(type), ' ', element('code', {}, id)),
    marked(toneOf(severity), severity),
    element('span', { class: 'level', dir: 'auto' }, `${words(state)}, for ${age}, since ${moment(openedMs)}`),
    element('p', { class: 'quiet', dir: 'auto' }, summary),
    element(
      'button',
      { type: 'button', 'data-incident': id, 'aria-label': `Timeline and actions of ${words(type)} ${id}` },
      'Timeline and actions',
    ),
  );
}

/** @param {readonly Incident[]} incidents */
export const worstFirst = (incidents) =>
  [...incidents].sort((one, other) => rankOf(one.severity) - rankOf(other.severity));

/** @param {Snapshot} snapshot */
export function incidentsOf({ incidents, timeMs }) {
  if (incidents.length === 0) return element('p', { class: 'quiet' }, 'None open');
  return element(
    'ul',
    { class: 'detectors' },
    worstFirst(incidents).map((incident) => incidentItem(incident, timeMs)),
  );
}
