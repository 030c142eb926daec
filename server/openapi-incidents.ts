/** The addresses of incidents and of the audit log, as the API description has them. */
import { z } from 'zod';
import { entrySchema } from '../ops/audit/index.ts';
import { auditInput } from './audit/index.ts';
import {
  acknowledgeInput,
  detectInput,
  executeInput,
  executionAnswer,
  incidentAnswer,
  noInput,
  noteInput,
  proceduresAnswer,
  resolveInput,
  undoInput,
  writeUpInput,
} from './incidents/index.ts';
import { act, BAD_PARAMETER, done, NO_STORE } from './openapi-action.ts';
import { content, header, inputOf, type Json, type Operation, parameter } from './openapi-schema.ts';

const count = z.int().min(0);
const ID: Json = { name: 'id', in: 'path', required: true, description: 'Of the incident', schema: { type: 'string' } };
const MISSING = 'There is no such incident';
const CHANGED = 'It has changed since, or its state does not allow this: the present version is told';

const breakdown = z.strictObject({ critical: count, high: count, medium: count, low: count });
const statusAnswer = z.strictObject({
  active_incidents: count,
  recent_incidents_24h: count,
  severity_breakdown: breakdown.describe('Of those that are active'),
  type_breakdown: z.record(z.string(), count),
  active_incidents_list: z.array(incidentAnswer).describe('Worst first, then the oldest'),
  recent_incidents_list: z.array(incidentAnswer).describe('The ten latest of the last day'),
  record: z
    .strictObject({
      kept: z.boolean(),
      unkept: z.string().nullable().describe('Why this process keeps nothing on the disk'),
      bytes: count,
      waiting_bytes: count.describe('What the disk has not taken'),
      damaged_lines: count,
      unreadable: z.string().nullable(),
    })
    .describe('How logs/incidents.jsonl is'),
});
const incidentTimeline = z.strictObject({
  incident: incidentAnswer,
  timeline: z.array(z.strictObject({ at: z.iso.datetime(), by: z.string(), kind: z.string(), text: z.string() })),
});
const saidAnswer = z.strictObject({
  message: z.string(),
  status: z.literal('success'),
  incident: incidentAnswer,
  durable: z.boolean().describe('Whether it is on the disk; it counts either way'),
});
const autoDetectAnswer = z.strictObject({
  message: z.string(),
  incidents: z.array(incidentAnswer),
  level: z
    .strictObject({ requests: count, success_percent: z.number().nullable(), p95_latency_ms: z.number().nullable() })
    .describe('Of the last five minutes; null where there were too few requests to say so'),
  durable: z.boolean(),
});
const auditAnswer = z.strictObject({
  entries: z.array(entrySchema.extend({ parameters: z.record(z.string(), z.unknown()) })).describe('The latest first'),
  next: count.nullable().describe('To be asked for as before; null on the last page'),
  head: z.strictObject({ seq: count, hash: z.string() }).describe('Of the last durable entry: to be noted elsewhere'),
  lost: count,
  unkept: z.string().nullable().describe('Why this process does not write it'),
});

const look = (path: string, summary: string, answer: z.ZodType, more: Partial<Operation> = {}): Operation => ({
  method: 'GET',
  path,
  tag: 'operations',
  summary,
  answers: done('As of now', answer),
  ...more,
  refusals: { 400: BAD_PARAMETER, ...more.refusals },
});

const onOne = (action: string, summary: string, input: z.ZodType, answer: z.ZodType = saidAnswer): Operation => {
  const operation = act(`/admin/incidents/:id/${action}`, summary, input, answer);
  return {
    ...operation,
    parameters: [ID],
    refusals: { ...operation.refusals, 404: MISSING, 409: CHANGED },
  };
};

const POSTMORTEM = '/admin/incidents/:id/postmortem';

function postmortems(): Operation[] {
  const writeUp = onOne(
    'postmortem',
    'Write up a post-mortem: its status, sections, checklists and items',
    writeUpInput,
  );
  const text = { schema: { type: 'string' } };
  return [
    {
      ...look(POSTMORTEM, 'What happened, what it cost, what was done: JSON, Markdown or a page', z.looseObject({})),
      parameters: [ID, parameter('format', 'In place of Accept', { enum: ['json', 'markdown', 'html'] })],
      answers: {
        200: {
          description: 'Made from what was recorded; of one that is open as of now',
          headers: { ...NO_STORE, Vary: header('Accept'), 'X-Request-Id': header('Of this request') },
          content: {
            ...content(['application/json'], { type: 'object' }),
            'text/markdown': text,
            'text/html': text,
          },
        },
      },
      refusals: { 400: BAD_PARAMETER, 404: MISSING },
    },
    { ...writeUp, method: 'PATCH' },
  ];
}

export const incidentOperations = (): Operation[] => {
  const detect = act('/admin/incidents/detect', 'Report an incident', detectInput, saidAnswer);
  const auto = act(
    '/admin/incidents/auto-detect',
    'Ask the objectives whether there is one',
    noInput,
    autoDetectAnswer,
  );
  const full = { 409: 'As many are open as may be' };
  return [
    look('/admin/incidents/status', 'How many incidents there are, and which', statusAnswer),
    look(
      '/admin/incidents/active',
      'Those that are not resolved',
      z.strictObject({ active_incidents: z.array(incidentAnswer) }),
    ),
    look('/admin/incidents/:id', 'One, with all that happened', incidentTimeline, {
      parameters: [ID],
      refusals: { 404: MISSING },
    }),
    { ...detect, refusals: { ...detect.refusals, ...full } },
    { ...auto, refusals: { ...auto.refusals, ...full } },
    look('/admin/incidents/:id/procedures', 'What may be done about it, and what was', proceduresAnswer, {
      parameters: [ID],
      refusals: { 404: MISSING },
    }),
    onOne('execute', 'Do one of the actions; or only say what it would do', executeInput, executionAnswer),
    onOne('undo', 'Take back what an action changed', undoInput, executionAnswer),
    onOne('acknowledge', 'Take it: nobody else is called for now', acknowledgeInput),
    onOne('resolve', 'Say that it is over', resolveInput),
    onOne('note', 'Add to its timeline', noteInput),
    ...postmortems(),
    look('/admin/audit', 'Who did what, and who was refused', auditAnswer, {
      parameters: Object.entries(inputOf(auditInput)['properties'] as Json).map(([name, schema]) => {
        const { description = '', ...rest } = schema as Json;
        return parameter(name, String(description), rest);
      }),
      refusals: { 500: 'The log could not be read; the error is in the log under the request id' },
    }),
  ];
};
