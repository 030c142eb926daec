/** What an operator may ask of experiments, as it is validated and described. */
import { z } from 'zod';
import {
  EXPERIMENT_NAME,
  givenDefinitionSchema,
  isShare,
  NAME_EXPECTED,
  RERANK,
  SHARE_EXPECTED,
} from './definition.ts';

const REASON_CHARS_MAX = 500;
const BY_CHARS_MAX = 100;
/** What is enabled where nobody says at which share. */
const PERCENTAGE = 10;

const name = z.string().regex(EXPERIMENT_NAME, NAME_EXPECTED);
const experiment = name.default(RERANK).describe('Which; that of reranking where it is not given');

const DECIMAL = /^\d+(?:\.\d+)?$/;

/** From an address it comes as text, and may have its unit. */
const percentage = z
  .union([z.number(), z.string()], { error: `expected ${SHARE_EXPECTED}` })
  .transform((given) => (typeof given === 'number' ? given : numberOf(given)))
  .refine((percent) => Number.isFinite(percent) && isShare(percent), SHARE_EXPECTED);

const numberOf = (text: string): number => {
  const bare = text.endsWith('%') ? text.slice(0, -1).trimEnd() : text;
  return DECIMAL.test(bare) ? Number(bare) : Number.NaN;
};

const flag = (about: string) => z.stringbool().or(z.boolean()).default(false).describe(about);

const who = {
  reason: z.string().max(REASON_CHARS_MAX).default('').describe('Kept beside what was done'),
  updated_by: z.string().max(BY_CHARS_MAX).optional().describe('A name, beside the key that it was done with'),
};
const dry_run = flag('Only say what would be so');

/** By what is asked; `one` is what is the same for all acts on one experiment. */
export const canaryInputs = {
  status: z.strictObject({ experiment: name.optional() }),
  enable: z
    .strictObject({
      experiment,
      percentage: percentage.default(PERCENTAGE).describe(`Share that gets the canary, in ${SHARE_EXPECTED}`),
      dry_run,
      ...who,
    })
    .extend(givenDefinitionSchema.shape),
  rollout: z
    .strictObject({
      experiment,
      percentage: percentage.optional().describe(`Another share, in ${SHARE_EXPECTED}`),
      steps: flag('Step after step by itself, as its plan has it, in place of a percentage'),
      dry_run,
      ...who,
    })
    .refine((given) => (given.percentage === undefined) === given.steps, {
      path: ['percentage'],
      message: 'either a percentage, or steps: true',
    }),
  one: z.strictObject({ experiment, dry_run, ...who }),
  disable: z.strictObject({
    experiment: name.optional().describe('Which; all where it is not given'),
    forget: flag('Take it off the list, too'),
    dry_run,
    ...who,
  }),
  stop: z.strictObject(who),
  clear: z
    .strictObject({
      experiment,
      percentage: percentage.optional().describe('Share of that one to go on with; all others stay off'),
      restore: flag('Go on with all of them as they were'),
      dry_run,
      ...who,
    })
    .refine((given) => (given.percentage === undefined) === given.restore, {
      path: ['percentage'],
      message: 'either a percentage to go on with, or restore: true',
    }),
};
