/** What has happened to an incident, one sentence an event, the latest first. */
import { element } from '../elements.js';
import { clock, moment } from './figures.js';

/** As the server tells it, oldest first. @typedef {{ at: string, by: string, kind: string, text: string }} Entry */

/** Of an incident that lasts for days the rest is in its post-mortem. */
const ENTRIES_SHOWN_MAX = 200;

/** @param {Entry} entry */
const entryItem = ({ at, by, text }) =>
  element(
    'li',
    {},
    element('time', { datetime: at, title: moment(Date.parse(at)) }, clock(Date.parse(at))),
    element('span', { class: 'quiet', dir: 'auto' }, by),
    element('p', { dir: 'auto' }, text),
  );

/** @param {readonly Entry[]} timeline */
export function incidentTimeline(timeline) {
  const shown = timeline.slice(-ENTRIES_SHOWN_MAX).reverse();
  return [
    element('ol', { class: 'timeline', reversed: true }, shown.map(entryItem)),
    timeline.length > shown.length &&
      element('p', { class: 'quiet' }, `${timeline.length - shown.length} before these: see the post-mortem`),
  ];
}
