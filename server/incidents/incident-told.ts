/** An incident as it is told to callers: under the names that the runbook's tools know, with what those lacked. */
import { z } from 'zod';
import type { Incident } from '../../ops/incidents/index.ts';
import { INCIDENT_TYPES, SEVERITIES } from '../../ops/index.ts';

const moment = z.iso.datetime();
const count = z.int().min(0);

export const incidentAnswer = z.strictObject({
  incident_id: z.string(),
  incident_type: z.enum(INCIDENT_TYPES),
  severity: z.enum(SEVERITIES),
  severity_worst: z.enum(SEVERITIES),
  state: z.enum(['detected', 'acknowledged', 'mitigating', 'mitigated', 'resolved']),
  version: count.describe('To be sent back as expected_version'),
  source: z.enum(['detector', 'operator', 'objectives']),
  scope: z.string(),
  description: z.string(),
  affected_components: z.array(z.string()),
  detected_at: moment,
  detected_by: z.string(),
  acknowledged_at: moment.nullable(),
  mitigated_at: moment.nullable(),
  resolved_at: moment.nullable(),
  resolved_by: z.string().nullable(),
  resolution_notes: z.string(),
  assigned_to: z.string().nullable().describe('Who acknowledged it last'),
  actions_taken: z.array(
    z.strictObject({
      run: z.string(),
      action: z.string(),
      phase: z.enum(['started', 'succeeded', 'failed', 'refused', 'undone']),
      by: z.string(),
      at: moment,
      detail: z.string(),
      effect: z
        .strictObject({ measure: z.string(), before: z.number().nullable(), after: z.number().nullable() })
        .nullable(),
    }),
  ),
  signs: z
    .array(
      z.strictObject({
        detector: z.string(),
        type: z.enum(INCIDENT_TYPES),
        severity: z.enum(SEVERITIES),
        since: moment,
        why: z.string(),
        numbers: z.record(z.string(), z.number()),
      }),
    )
    .describe('What detectors said; those of another type are symptoms'),
  suspects: z
    .array(
      z.strictObject({
        kind: z.string(),
        at: moment,
        by: z.string(),
        summary: z.string(),
        score: z.number(),
        reason: z.string(),
      }),
    )
    .describe('What changed in the hour before, most suspect first'),
  related: z.array(z.string()).describe('Open at the time'),
  merged_into: z.string().nullable(),
  came_back: count.describe('How often'),
  notes: count,
  postmortem_status: z.enum(['draft', 'in_review', 'reviewed', 'closed']).nullable(),
  summarised: z.boolean().describe('Whether only this is left of it'),
});
export type ToldIncident = z.infer<typeof incidentAnswer>;

export function toldOf(incident: Incident): ToldIncident {
  const { acknowledged, mitigated, resolved } = incident;
  return {
    incident_id: incident.id,
    incident_type: incident.type,
    severity: incident.severity,
    severity_worst: incident.severityWorst,
    state: incident.state,
    version: incident.version,
    source: incident.source,
    scope: incident.scope,
    description: incident.summary,
    affected_components: [...incident.components],
    detected_at: time(incident.openedMs),
    detected_by: incident.openedBy,
    acknowledged_at: acknowledged === null ? null : time(acknowledged.timeMs),
    mitigated_at: mitigated === null ? null : time(mitigated.timeMs),
    resolved_at: resolved === null ? null : time(resolved.timeMs),
    resolved_by: resolved?.by ?? null,
    resolution_notes: resolved?.notes ?? '',
    assigned_to: acknowledged?.by ?? null,
    actions_taken: incident.actions.map(({ timeMs, ...action }) => ({ ...action, at: time(timeMs) })),
    signs: incident.signs.map(({ firstMs, ...sign }) => ({ ...sign, since: time(firstMs) })),
    suspects: incident.suspects.map(({ timeMs, ...suspect }) => ({ ...suspect, at: time(timeMs) })),
    related: [...incident.related],
    merged_into: incident.mergedInto,
    came_back: incident.flaps,
    notes: incident.notes,
    postmortem_status: incident.postmortem.status,
    summarised: incident.summarised,
  };
}

export const time = (ms: number): string => new Date(ms).toISOString();
