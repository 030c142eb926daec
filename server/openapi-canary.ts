/** The addresses of experiments, as the API description has them: for operators, and for clients of OpenFeature. */
import { z } from 'zod';
import { canaryInputs, experimentSchema, OFREP_FLAG, OFREP_FLAGS } from './canary/index.ts';
import { act, BAD_PARAMETER, done, JSON_TYPE, NO_STORE } from './openapi-action.ts';
import { content, header, inputOf, type Json, type Operation, outputOf, parameter } from './openapi-schema.ts';

const count = z.int().min(0);
const moment = z.iso.datetime();
const acted = z.strictObject({ by: z.string(), reason: z.string(), at: moment.nullable() });

const brief = z.strictObject({
  name: z.string(),
  phase: experimentSchema.shape.phase,
  percentage: z.number().describe('Share that gets the canary while it is live, but for those held back'),
  stepped: z.boolean().describe('Whether it goes up by itself'),
  step: z.strictObject({ at: count, of: count, since: moment.nullable() }).nullable(),
  variants: z
    .strictObject({ control: z.string().nullable(), canary: z.string().nullable() })
    .describe('By which workers know the arms; null for one that is as configured'),
  last: acted.describe('Who changed it last, and why'),
});
const state = z.strictObject({
  status: z.enum(['active', 'disabled', 'emergency_stop']),
  emergencyStop: acted.nullable(),
  experiments: z.array(brief),
});
const actAnswer = state.extend({
  success: z.literal(true),
  applied: z.boolean().describe('Not where it was only a dry run'),
  message: z.string(),
  kept: z.boolean().describe('Whether it is on the disk; a stop is in force either way'),
});

const bounds = z.strictObject({ low: z.number(), high: z.number() });
const kinds = <Value extends z.ZodType>(value: Value) =>
  z.strictObject({ error: value, slow: value, very_slow: value, empty: value, degraded: value });
const arm = z.strictObject({
  requests: count,
  bad: kinds(bounds.extend({ count, rate: z.number().nullable() })).describe('With bounds that hold at any time'),
});
const seen = z.strictObject({
  arms: z.strictObject({ control: arm, canary: arm }),
  onThisStep: z.strictObject({ control: count, canary: count }),
  excess: kinds(bounds).describe('By how much more frequent in the canary, as a share of requests'),
  evidence: z
    .strictObject({ worse: z.number(), of: kinds(z.number()), sampleRatio: z.number(), rollsBackAt: z.number() })
    .describe('Natural logarithms'),
  history: z
    .array(z.tuple([moment, z.number(), z.number(), count, count]))
    .describe('Time, evidence that it is worse, that shares are not right, requests of the canary and of the control'),
  obstacles: z.array(z.string()).describe('What holds the next step up'),
});
const statusAnswer = state.extend({
  file: z.strictObject({ path: z.string(), kept: z.boolean(), detail: z.string().nullable() }),
  experiments: z.array(
    brief.extend({ definition: experimentSchema.shape.definition, seen: seen.nullable().describe('While it is live') }),
  ),
  events: z.array(acted.extend({ experiment: z.string().nullable(), event: z.string() })).describe('Latest first'),
});

const one = (action: string, summary: string, input: z.ZodType): Operation => {
  const operation = act(`/admin/canary/${action}`, summary, input, actAnswer);
  return {
    ...operation,
    refusals: {
      ...operation.refusals,
      404: 'There is no such experiment',
      409: 'Everything is stopped, its phase does not allow it, or another experiment changes the same setting',
      503: 'A model or an index generation that an arm names cannot be had',
      507: 'The state could not be kept, and nothing was changed',
    },
  };
};

const flagMembers = { key: z.string(), value: z.boolean(), variant: z.string(), reason: z.string() };
const flag = z.strictObject({
  ...flagMembers,
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
const flagError = z.strictObject({ key: z.string().optional(), errorCode: z.string(), errorDetails: z.string() });
const flags = z.strictObject({ flags: z.array(z.union([flag, flagError])) });
const contextInput = z.object({
  context: z.object({ targetingKey: z.string().optional().describe('The user, as X-User-Id of a search') }).optional(),
});

const ETAG: Json = { ETag: header('Of the answer; sent back as If-None-Match') };
const asFlags = (path: string, summary: string, answers: Operation['answers']): Operation => ({
  method: 'POST',
  path,
  tag: 'search',
  summary,
  body: { required: false, content: content(['application/json', 'application/msgpack'], inputOf(contextInput)) },
  answers: {
    ...answers,
    400: {
      description: 'What is asked cannot be told',
      headers: NO_STORE,
      content: content(JSON_TYPE, outputOf(flagError)),
    },
  },
});
const found = (answer: z.ZodType, headers: Json = {}): Json => ({
  description: 'As it is for whom the context names',
  headers: { ...NO_STORE, ...headers },
  content: content(JSON_TYPE, outputOf(answer)),
});

export const flagOperations = (): Operation[] => [
  {
    ...asFlags(OFREP_FLAG, 'One experiment as a flag (OFREP): on for who gets the canary', {
      200: found(flag),
      404: {
        description: 'No experiment of that name',
        headers: NO_STORE,
        content: content(JSON_TYPE, outputOf(flagError)),
      },
    }),
    parameters: [{ name: 'key', in: 'path', required: true, description: 'Its name', schema: { type: 'string' } }],
  },
  asFlags(OFREP_FLAGS, 'All experiments as flags (OFREP)', {
    200: found(flags, ETAG),
    304: { description: 'Nothing has changed', headers: { ...NO_STORE, ...ETAG } },
  }),
];

export const canaryOperations = (): Operation[] => [
  {
    method: 'GET',
    path: '/admin/canary/status',
    tag: 'operations',
    summary: 'Every experiment: who gets what, what was seen of it, what holds it up, who did what and why',
    parameters: [parameter('experiment', 'Only that one', inputOf(canaryInputs.status.shape.experiment))],
    answers: done('As of now', statusAnswer),
    refusals: { 400: BAD_PARAMETER, 404: 'There is no such experiment' },
  },
  one('enable', 'Begin an experiment, or set its share', canaryInputs.enable),
  one('rollout', 'Another share, or step after step by itself', canaryInputs.rollout),
  one('pause', 'Take no further step', canaryInputs.one),
  one('resume', 'Go on', canaryInputs.one),
  one('promote', 'The canary for everybody', canaryInputs.one),
  one('abort', 'Back to the control, as after a failure', canaryInputs.one),
  one('disable', 'Everybody on control: of one experiment, or of all', canaryInputs.disable),
  one('emergency-stop', 'Everybody on control of everything, until it is cleared', canaryInputs.stop),
  one('clear-emergency', 'Go on: with all as it was, or with one at a share', canaryInputs.clear),
];
