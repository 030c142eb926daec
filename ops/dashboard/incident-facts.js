/** What is known of an incident: how bad, since when, whose, and what may have caused it. */
import { element } from '../elements.js';
import { factsOf } from './facts.js';
import { duration, moment, words } from './figures.js';
import { marked, toneOf } from './signs.js';

/** @typedef {import('../elements.js').Child} Child */
/**
 * As the server tells it; times in ISO 8601.
 * @typedef {{ incident_id: string, incident_type: string, severity: string, severity_worst: string, state: string, version: number,
 *   description: string, affected_components: readonly string[], detected_at: string, acknowledged_at: string | null,
 *   assigned_to: string | null, resolved_at: string | null, resolved_by: string | null, resolution_notes: string, came_back: number,
 *   merged_into: string | null, suspects: readonly { at: string, by: string, summary: string }[] }} IncidentTold
 */

/** @param {string} at */
const momentOf = (at) => moment(Date.parse(at));

/** @param {IncidentTold} incident @param {number} nowMs @returns {Child[]} */
export function incidentFacts(incident, nowMs) {
  const {
    severity,
    severity_worst: worst,
    state,
    detected_at: from,
    resolved_at: to,
    resolution_notes: notes,
  } = incident;
  const lastedMs = (to === null ? nowMs : Date.parse(to)) - Date.parse(from);
  return [
    element(
      'p',
      { dir: 'auto' },
      marked(
        to === null ? toneOf(severity) : 'good',
        worst === severity ? severity : `${severity}, at its worst ${worst}`,
      ),
      ` ${words(state)}, for ${duration(lastedMs / 1000)}, since ${momentOf(from)}`,
    ),
    element('p', { dir: 'auto' }, incident.description),
    factsOf([
      ['Affected', incident.affected_components.join(', ')],
      ['Acknowledged', actOf(incident.assigned_to, incident.acknowledged_at) ?? 'by nobody yet'],
      to !== null && ['Resolved', `${actOf(incident.resolved_by, to)}${notes === '' ? '' : `: ${notes}`}`],
      incident.came_back > 0 && ['Came back', `${incident.came_back} ${incident.came_back === 1 ? 'time' : 'times'}`],
      incident.merged_into !== null && ['Part of', element('code', {}, incident.merged_into)],
      ...incident.suspects.map((suspect) => /** @type {const} */ (['Changed before', suspectOf(suspect)])),
    ]),
  ];
}

/** @param {string | null} by @param {string | null} at */
const actOf = (by, at) => (at === null ? null : `by ${by}, ${momentOf(at)}`);

/** @param {IncidentTold['suspects'][number]} suspect */
const suspectOf = ({ summary, by, at }) => `${summary} (${by}, ${momentOf(at)})`;
