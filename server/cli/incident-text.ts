/** What is told of incidents, for a person to read. */
import type { ToldIncident } from '../incidents/index.ts';
import { table } from './command.ts';

export interface StatusTold {
  readonly active_incidents: number;
  readonly recent_incidents_24h: number;
  readonly severity_breakdown: Readonly<Record<string, number>>;
  readonly active_incidents_list: readonly ToldIncident[];
  readonly recent_incidents_list: readonly ToldIncident[];
}

export interface TimelineTold {
  readonly incident: ToldIncident;
  readonly timeline: readonly { readonly at: string; readonly by: string; readonly text: string }[];
}

const SHOWN_CHARS = 90;

export const minute = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`;

export function incidentsTable(incidents: readonly ToldIncident[]): string {
  const rows = incidents.map((one) => [
    ...[one.incident_id, one.severity, one.incident_type, one.state, minute(one.detected_at)],
    one.description.length > SHOWN_CHARS ? `${one.description.slice(0, SHOWN_CHARS)}…` : one.description,
  ]);
  return table([['INCIDENT', 'SEVERITY', 'TYPE', 'STATE', 'SINCE', 'WHAT'], ...rows]);
}

export function statusText(status: StatusTold): string {
  const { active_incidents_list: active, recent_incidents_list: recent } = status;
  const counted = Object.entries(status.severity_breakdown)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}`);
  const head =
    active.length === 0
      ? 'No incident is active'
      : `${status.active_incidents} active: ${counted.join(', ')}\n\n${incidentsTable(active)}`;
  const over = recent.filter(({ incident_id: id }) => !active.some((one) => one.incident_id === id));
  const rest = over.length === 0 ? '' : `\n\nOver, of the last day:\n\n${incidentsTable(over)}`;
  return `${head}${rest}\n\n${status.recent_incidents_24h} within 24 hours`;
}

export function incidentText({ incident, timeline }: TimelineTold): string {
  const { incident_id: id, incident_type: type, suspects } = incident;
  const facts = [
    [id, `${type}, ${incident.severity}, ${incident.state}, version ${incident.version}`],
    ['What', incident.description],
    ['Concerns', incident.affected_components.join(', ')],
    ['Taken by', incident.assigned_to ?? 'nobody'],
  ];
  const changed = suspects.map(({ at, kind, summary, by, score }) => [minute(at), kind, by, `${score}  ${summary}`]);
  const happened = timeline.map(({ at, by, text }) => [minute(at), by, text]);
  return [
    table(facts),
    ...(changed.length === 0 ? [] : [`Changed in the hour before:\n${table(changed)}`]),
    table(happened),
  ].join('\n\n');
}
