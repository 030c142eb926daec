/** What is told of an incident to those who are called: what it is, what changed before it, what was done already, and where to look. */
import { fingerprintOf, type Incident, type IncidentEvent } from '../../ops/incidents/index.ts';
import type { IncidentView } from '../../ops/notify/index.ts';

const SUSPECTS_TOLD_MAX = 3;
const ACTIONS_TOLD_MAX = 3;

/** How often it was opened again after it was over; what only relapsed is followed by its phase. */
export const reopenedIn = (events: readonly IncidentEvent[]): number =>
  events.filter(({ event }) => event.kind === 'reopened').length;

export function viewOf(incident: Incident, reopened: number, links: IncidentView['links']): IncidentView {
  const { id, type, severity, state, components, openedMs, acknowledged, resolved } = incident;
  return {
    id,
    type,
    severity,
    phase: state === 'mitigated' || state === 'resolved' ? state : 'open',
    acknowledgedMs: acknowledged?.timeMs ?? null,
    reopened,
    title: titleOf(incident),
    summary: summaryOf(incident),
    startedMs: openedMs,
    endedMs: resolved?.timeMs ?? null,
    numbers: numbersOf(incident),
    links,
    components,
    fingerprint: fingerprintOf(incident),
  };
}

function titleOf({ type, severity, components }: Incident): string {
  const words = type.replaceAll('_', ' ');
  const about = components.length === 0 ? '' : ` of ${components.join(', ')}`;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${about} (${severity})`;
}

/** The worst first: what it is, what may have caused it, what was done. */
function summaryOf({ summary, suspects, actions, resolved }: Incident): string {
  const changes = suspects.slice(0, SUSPECTS_TOLD_MAX).map((one) => `${one.summary} (by ${one.by})`);
  // The last thing that is known of each.
  const runs = new Map(actions.map(({ run, action, phase }) => [run, `${action} ${phase}`]));
  const done = [...runs.values()].slice(-ACTIONS_TOLD_MAX);
  return [
    sentence(summary),
    changes.length === 0 ? '' : sentence(`Changed shortly before: ${changes.join('; ')}`),
    done.length === 0 ? '' : sentence(`Done so far: ${done.join('; ')}`),
    resolved === null || resolved.notes === '' ? '' : sentence(`Resolved by ${resolved.by}: ${resolved.notes}`),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const sentence = (text: string): string => (text === '' || /[.!?]$/.test(text) ? text : `${text}.`);

/** Of all that detectors said, with their names where several spoke. */
function numbersOf({ signs }: Incident): Record<string, number> {
  const several = signs.length > 1;
  return Object.fromEntries(
    signs.flatMap(({ detector, numbers }) =>
      Object.entries(numbers).map(([name, value]) => [several ? `${detector}.${name}` : name, value]),
    ),
  );
}
