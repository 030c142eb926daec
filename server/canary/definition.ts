/** What is tried in an experiment, on whom, and how far it is to go: one value, as operators give it, as it is kept, and as processes tell it. */
import { z } from 'zod';
import { retrievalPatchSchema } from '../../engine/config.ts';
import type { RolloutPlan } from '../../ops/canary/index.ts';
import { CANARY, CONTROL, OPERATORS } from './assignment/index.ts';
import type { CanarySettings } from './settings.ts';

const TEXT_CHARS_MAX = 200;
const VALUES_MAX = 200;
const STEPS_MAX = 50;
/** Of its JSON: what processes tell each other has room for 8192, and the state beside it. */
export const DEFINITION_CHARS_MAX = 6000;

export const EXPERIMENT_NAME = /^[a-z][a-z0-9_-]{0,31}$/;
export const NAME_EXPECTED = 'a name of 1 to 32 small letters, digits, - and _, a letter first';

const text = z.string().min(1).max(TEXT_CHARS_MAX);
const values = z.array(z.string().max(TEXT_CHARS_MAX)).min(1).max(VALUES_MAX);

/** Hundredths are the steps in which shares can be told apart. */
export const isShare = (percent: number): boolean =>
  percent >= 0 && percent <= 100 && Math.round(percent * 100) / 100 === percent;
export const SHARE_EXPECTED = 'percent from 0 to 100 in steps of 0.01, such as 2.5';
const share = z.number(SHARE_EXPECTED).refine(isShare, SHARE_EXPECTED);

/** What an arm has that differs from the configuration; nulls and absent settings are as configured. */
export const changeSchema = z.strictObject({
  rerank: z.boolean().nullable().default(null).describe('false: nobody is reranked'),
  retrieval: retrievalPatchSchema
    .default({})
    .describe('Settings under retrieval, such as {"fusion":{"denseWeight":0.5}}'),
  reranker: text.nullable().default(null).describe('Directory name of a model, run in processes of its own'),
  generation: text.nullable().default(null).describe('Name of an index generation on the disk'),
});
export type Change = z.infer<typeof changeSchema>;

export const planSchema = z.strictObject({
  steps: z
    .array(share)
    .min(1)
    .max(STEPS_MAX)
    .refine((steps) => steps.every((step, at) => step > (steps[at - 1] ?? 0)), 'shares that rise, each above 0')
    .describe('Shares one after the other, in percent'),
  stepSecondsMin: z
    .int()
    .min(1)
    .max(31 * 86_400),
  stepRequestsMin: z.int().min(1).max(10_000_000),
  stepSecondsMax: z
    .int()
    .min(10)
    .max(366 * 86_400),
  margin: z.number().min(0.001).max(0.5),
});

const STEPS = [1, 5, 10, 25, 50, 100];
/** Who passes a step that is worse by more than the margin, as a probability. */
const STEP_ALPHA = 0.05;

export const definitionSchema = z.strictObject({
  group: text.describe('Experiments of one group have the same people in'),
  control: changeSchema,
  canary: changeSchema,
  stickiness: text.describe('default (user, session, key, address), random, or a field such as userId'),
  constraints: z
    .array(z.strictObject({ field: text, operator: z.enum(OPERATORS), values }))
    .max(20)
    .describe('Whom it is for; all have to hold'),
  overrides: z
    .array(z.strictObject({ field: text, values, arm: z.enum([CONTROL, CANARY]) }))
    .max(20)
    .describe('Who gets an arm by name; the first that matches'),
  holdBackPercent: share.refine((percent) => percent <= 50, `${SHARE_EXPECTED}, 50 at most`),
  interleave: z.boolean().describe('Whether both arms answer in one list, to see whose results are chosen'),
  plan: planSchema,
  alpha: z.number().min(0.0001).max(0.2),
  consecutiveFailuresMax: z.int().min(2).max(1000),
});
export type Definition = z.infer<typeof definitionSchema>;

/** As operators give it: what is left out is as it was, or as preset. */
export const givenDefinitionSchema = definitionSchema.extend({ plan: planSchema.partial() }).partial();
export type GivenDefinition = z.infer<typeof givenDefinitionSchema>;

export const NO_CHANGE: Change = { rerank: null, retrieval: {}, reranker: null, generation: null };

/** The experiment that there always is: nobody is reranked, or whoever asks for it. */
export const RERANK = 'rerank';
const RERANK_OFF: Change = { ...NO_CHANGE, rerank: false };

export function presetDefinition(name: string, settings: CanarySettings): Definition {
  const { stepSecondsMin, stepRequestsMin, stepSecondsMax, margin, alpha, consecutiveFailuresMax } = settings;
  return {
    group: name,
    control: name === RERANK ? RERANK_OFF : NO_CHANGE,
    canary: NO_CHANGE,
    stickiness: 'default',
    constraints: [],
    overrides: [],
    holdBackPercent: 1,
    interleave: false,
    plan: { steps: STEPS, stepSecondsMin, stepRequestsMin, stepSecondsMax, margin },
    alpha,
    consecutiveFailuresMax,
  };
}

/** @param before what there was of that name, or the preset */
export const definedBy = (before: Definition, { plan = {}, ...given }: GivenDefinition): Definition => ({
  ...before,
  ...said(given),
  plan: { ...before.plan, ...said(plan) },
});

/** What a value says, without what it leaves out. */
const said = <Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>;
  };

export const rolloutPlanOf = ({ plan }: Definition): RolloutPlan => ({
  steps: plan.steps,
  stepMsMin: plan.stepSecondsMin * 1000,
  stepRequestsMin: plan.stepRequestsMin,
  stepMsMax: plan.stepSecondsMax * 1000,
  margin: plan.margin,
  alpha: STEP_ALPHA,
});

export const isSame = (one: Definition, other: Definition): boolean => JSON.stringify(one) === JSON.stringify(other);
