/**
 * What can happen to an incident? Events, as they are recorded: an incident is nothing but what they make together (`fold.ts`).
 *
 * Each bears its incident's type and scope, so that an incident whose first line was damaged is still one.
 */
import { z } from 'zod';
import { INCIDENT_TYPES, SEVERITIES } from '../../incident-type.ts';
import { changeSchema } from '../suspects.ts';
import { CHECKLIST_ITEMS } from './checklists.ts';
import { measuredSchema } from './measured.ts';

const TEXT_CHARS_MAX = 10_000;
const text = z.string().max(TEXT_CHARS_MAX);
const NAME_CHARS_MAX = 200;
const name = z.string().max(NAME_CHARS_MAX);
const timeMs = z.number();
const type = z.enum(INCIDENT_TYPES);
const severity = z.enum(SEVERITIES);

/** What one detector says; of another type than the incident's it is a symptom. */
const signSchema = z.object({ detector: name, type, severity, why: text, numbers: z.record(name, z.number()) });
export type Sign = z.infer<typeof signSchema>;

const suspectSchema = changeSchema.extend({ score: z.number(), reason: name });
export type Suspect = z.infer<typeof suspectSchema>;

/** How far an action is: what was started ends as one of the others. */
const ACTION_PHASES = ['started', 'succeeded', 'failed', 'refused', 'undone'] as const;
const effectSchema = z.object({
  /** What was looked at, with its unit: `p95 ms`. */
  measure: name,
  before: z.number().nullable(),
  after: z.number().nullable(),
});
const actionSchema = z.object({
  /** Of this run of the action: what belongs together. */
  run: name,
  action: name,
  phase: z.enum(ACTION_PHASES),
  detail: text,
  effect: effectSchema.nullable(),
});
export type ActionRecord = z.infer<typeof actionSchema>;

export const POSTMORTEM_STATUSES = ['draft', 'in_review', 'reviewed', 'closed'] as const;
export type PostmortemStatus = (typeof POSTMORTEM_STATUSES)[number];

/** What people write into a post-mortem; all else is made from the record. */
export const SECTIONS = ['root_cause', 'trigger', 'resolution', 'went_well', 'went_wrong', 'got_lucky'] as const;
export type Section = (typeof SECTIONS)[number];

/** Something that is to be done so that it does not happen again. */
export const itemSchema = z.object({
  id: name,
  text,
  kind: z.enum(['mitigate', 'prevent', 'process', 'detect']),
  owner: name,
  /** Day, as 2026-01-31; '' for none. */
  due: name,
  done: z.boolean(),
});
export type ActionItem = z.infer<typeof itemSchema>;

const source = z.enum(['detector', 'operator', 'objectives']);
const bodies = {
  opened: z.object({
    kind: z.literal('opened'),
    severity,
    source,
    summary: text,
    components: z.array(name),
    suspects: z.array(suspectSchema),
    /** Incidents that were open at the time. */
    related: z.array(name),
  }),
  sign: z.object({ kind: z.literal('sign'), sign: signSchema }),
  severity: z.object({ kind: z.literal('severity'), to: severity, why: text }),
  /** What was taken for the fault was a symptom; from here on the incident is its cause's. */
  retyped: z.object({ kind: z.literal('retyped'), from: type, why: text, suspects: z.array(suspectSchema) }),
  merged: z.object({ kind: z.literal('merged'), into: name, why: text }),
  acknowledged: z.object({ kind: z.literal('acknowledged') }),
  note: z.object({ kind: z.literal('note'), text }),
  action: z.object({ kind: z.literal('action'), record: actionSchema }),
  mitigated: z.object({ kind: z.literal('mitigated'), why: text }),
  relapsed: z.object({ kind: z.literal('relapsed'), why: text }),
  resolved: z.object({ kind: z.literal('resolved'), notes: text }),
  reopened: z.object({ kind: z.literal('reopened'), severity, why: text }),
  measured: z.object({ kind: z.literal('measured'), measured: measuredSchema }),
  postmortem: z.object({ kind: z.literal('postmortem'), status: z.enum(POSTMORTEM_STATUSES) }),
  written: z.object({ kind: z.literal('written'), section: z.enum(SECTIONS), text }),
  ticked: z.object({ kind: z.literal('ticked'), item: z.enum(CHECKLIST_ITEMS), done: z.boolean() }),
  item: z.object({ kind: z.literal('item'), item: itemSchema }),
  /** All that is left of an incident whose time is over. */
  summary: z.object({
    kind: z.literal('summary'),
    severity,
    source,
    summary: text,
    openedMs: timeMs,
    acknowledgedMs: timeMs.nullable(),
    mitigatedMs: timeMs.nullable(),
    resolvedMs: timeMs,
    resolvedBy: name,
    notes: text,
    flaps: z.number(),
    mergedInto: name.nullable(),
    status: z.enum(POSTMORTEM_STATUSES).nullable(),
  }),
} as const;

export const bodySchema = z.discriminatedUnion('kind', [
  bodies.opened,
  bodies.sign,
  bodies.severity,
  bodies.retyped,
  bodies.merged,
  bodies.acknowledged,
  bodies.note,
  bodies.action,
  bodies.mitigated,
  bodies.relapsed,
  bodies.resolved,
  bodies.reopened,
  bodies.measured,
  bodies.postmortem,
  bodies.written,
  bodies.ticked,
  bodies.item,
  bodies.summary,
]);
export type IncidentBody = z.infer<typeof bodySchema>;

const envelope = {
  /** Rises from line to line; never given out twice. */
  seq: z.int().min(1),
  incident: name,
  type,
  /** What is affected, where not the whole service is. */
  scope: name,
  /** A key's id, `loopback`, or `wp-chat` for what it did by itself. */
  by: name,
  event: bodySchema,
};
export const lineSchema = z.object({ ...envelope, time: z.iso.datetime() });
const eventSchema = z.object({ ...envelope, timeMs });
export type IncidentEvent = Readonly<z.infer<typeof eventSchema>>;

/** As much of a text as a line takes. */
export const textOf = (long: string): string => long.slice(0, TEXT_CHARS_MAX);

/** What acts by itself. */
export const AUTOMATIC = 'wp-chat';
