/** The addresses of notices and silences, as the API description has them. */
import { z } from 'zod';
import { notifyTestInput, silenceEndInput, silenceInput } from './notify/index.ts';
import { act, BAD_PARAMETER, done } from './openapi-action.ts';
import { inputOf, type Operation, parameter } from './openapi-schema.ts';

const SILENCES = '/admin/incidents/silences';
const moment = z.iso.datetime();
const count = z.int().min(0);

const { types, severities, components } = silenceInput.shape;
const silence = z.strictObject({
  id: z.string(),
  author: z.string().describe('Id of the key it was made with, or loopback'),
  reason: z.string(),
  types,
  severities,
  components,
  createdAt: moment,
  endsAt: moment.describe('The first moment after it'),
});
const silencesAnswer = z.strictObject({ silences: z.array(silence) });

const channel = z.strictObject({
  name: z.string(),
  kind: z.string(),
  waiting: count,
  delivered: count.describe('Since the start'),
  failed: count.describe('Attempts since the start'),
  fault: z.string().nullable().describe('Why the last attempt failed; null where it did not'),
});
const deadLetter = z.strictObject({
  seq: count,
  channel: z.string(),
  createdAt: moment,
  givenUpAt: moment,
  reason: z.string(),
  incidentId: z.string(),
  state: z.string(),
  title: z.string(),
});
const notifyAnswer = z.strictObject({
  channels: z.array(channel),
  deadLetters: z.array(deadLetter).describe('What could not be delivered, and why'),
  silences: z.array(silence),
  callsLastHour: count,
  callsPerHourMax: count,
  fault: z.string().nullable().describe('Why notices that wait are not on the disk; null where they are'),
  damaged: count.describe('Lines of the outbox that were found damaged at the start'),
});
const testAnswer = z.strictObject({
  channel: z.string(),
  kind: z.string(),
  delivered: z.boolean(),
  reason: z.string().nullable().describe('Why not; null where it was'),
  tookMs: z.number(),
});

const look = (path: string, summary: string, answer: z.ZodType): Operation => ({
  method: 'GET',
  path,
  tag: 'operations',
  summary,
  answers: done('As of now', answer),
  refusals: { 400: BAD_PARAMETER },
});

export function notifyOperations(): Operation[] {
  const test = act('/admin/notify/test', 'Send a test through a channel now', notifyTestInput, testAnswer);
  const retry = act(
    '/admin/notify/dead-letters/:seq/retry',
    'Try again to deliver what was given up',
    z.strictObject({}),
    z.strictObject({ retried: count }),
  );
  const add = act(
    SILENCES,
    'Call nobody about some incidents for a while; they are noticed, handled and recorded all the same',
    silenceInput,
    z.strictObject({ silence }),
  );
  const { body, ...end } = act(SILENCES, 'End a silence', silenceEndInput, z.strictObject({ ended: z.string() }));
  return [
    look(
      '/admin/notify',
      'Channels and how each does, what could not be delivered, silences, the budget of calls',
      notifyAnswer,
    ),
    { ...test, refusals: { ...test.refusals, 404: 'There is no such channel' } },
    {
      ...retry,
      parameters: [
        { name: 'seq', in: 'path', required: true, description: 'Of the dead letter', schema: { type: 'integer' } },
      ],
      refusals: { ...retry.refusals, 404: 'There is no such dead letter' },
    },
    look(SILENCES, 'Silences in force', silencesAnswer),
    { ...add, refusals: { ...add.refusals, 503: 'There are too many' } },
    {
      ...end,
      method: 'DELETE',
      parameters: [parameter('id', 'Of the silence, in place of a body', inputOf(silenceEndInput.shape.id))],
      body: { ...body, required: false },
      refusals: { ...end.refusals, 404: 'There is no such silence' },
    },
  ];
}
