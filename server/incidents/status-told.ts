/** How many incidents there are, and which, as it is told: of a keeper, or of the record that a dead one left. */

import type { Incident } from '../../ops/incidents/index.ts';
import { SEVERITIES } from '../../ops/index.ts';
import { toldOf } from './incident-told.ts';

const RECENT_MAX = 10;

/**
 * @param active worst first
 * @param recent of the last day, the latest first
 */
export function statusTold(active: readonly Incident[], recent: readonly Incident[]) {
  const types = new Map<string, number>();
  for (const { type } of active) types.set(type, (types.get(type) ?? 0) + 1);
  const count = (severity: Incident['severity']): number =>
    active.filter((incident) => incident.severity === severity).length;
  return {
    active_incidents: active.length,
    recent_incidents_24h: recent.length,
    severity_breakdown: Object.fromEntries(SEVERITIES.map((severity) => [severity, count(severity)])),
    type_breakdown: Object.fromEntries(types),
    active_incidents_list: active.map(toldOf),
    recent_incidents_list: recent.slice(0, RECENT_MAX).map(toldOf),
  };
}
