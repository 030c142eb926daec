/** What is so with all experiments: which there are, how far each is, who said so and why, and whether everything is stopped. */
import { z } from 'zod';
import { PHASES } from '../../ops/canary/index.ts';
import { definitionSchema, EXPERIMENT_NAME, isShare, presetDefinition, RERANK } from './definition.ts';
import type { CanarySettings } from './settings.ts';

export const actSchema = z.strictObject({
  /** A key, the machine itself, or `automatic`. */
  by: z.string(),
  reason: z.string(),
  /** Milliseconds since the epoch. */
  atMs: z.number(),
});
/** Who did something, why and when. */
export type Act = z.infer<typeof actSchema>;

export const experimentSchema = z.strictObject({
  name: z.string().regex(EXPERIMENT_NAME),
  definition: definitionSchema,
  phase: z.enum(PHASES),
  /** Share that gets the canary while it is live, but for those held back. */
  percentage: z.number().refine(isShare),
  /** Whether it goes up by itself. */
  stepped: z.boolean(),
  /** Index in the plan's steps, and when it was reached. */
  step: z.int().min(0),
  stepAtMs: z.number(),
  /** From one beginning to the next: what was seen in another one is no evidence. */
  run: z.string().max(64),
  /** Changes with each act of a person: what processes find out by themselves holds for the act before it, and for no other. */
  revision: z.string().max(64),
  /** When that was, milliseconds since the epoch. */
  revisedMs: z.number(),
  last: actSchema,
});
export type Experiment = z.infer<typeof experimentSchema>;

/** How far it has come by itself since somebody did something about it. */
export const progressSchema = experimentSchema.pick({
  revision: true,
  phase: true,
  percentage: true,
  step: true,
  stepAtMs: true,
  stepped: true,
  last: true,
});
export type ProgressNote = z.infer<typeof progressSchema>;

const eventSchema = z.strictObject({
  ...actSchema.shape,
  /** Null for all of them. */
  experiment: z.string().nullable(),
  event: z.string(),
});
export type CanaryEvent = z.infer<typeof eventSchema>;

export const stateSchema = z.strictObject({
  /** Everybody is on control, whatever else is so; null where it is not. */
  stop: actSchema.nullable(),
  /** When that was last said, either way; 0 where it never was. */
  stopSaidMs: z.number(),
  experiments: z.array(experimentSchema),
  events: z.array(eventSchema),
});
export type CanaryState = z.infer<typeof stateSchema>;

const LIVE = new Set<Experiment['phase']>(['running', 'paused', 'inconclusive']);

/** Whether some get this and some that. */
export const isLive = ({ phase }: Pick<Experiment, 'phase'>): boolean => LIVE.has(phase);

export const AUTOMATIC = 'automatic';

/** What there is before anybody does anything: all who ask for reranking get it. */
export const initialState = (settings: CanarySettings): CanaryState => ({
  stop: null,
  stopSaidMs: 0,
  experiments: [
    {
      name: RERANK,
      definition: presetDefinition(RERANK, settings),
      phase: 'promoted',
      percentage: 100,
      stepped: false,
      step: 0,
      stepAtMs: 0,
      run: 'initial',
      revision: 'initial',
      revisedMs: 0,
      last: { by: AUTOMATIC, reason: 'As it comes', atMs: 0 },
    },
  ],
  events: [],
});

export const experimentOf = ({ experiments }: CanaryState, name: string): Experiment | undefined =>
  experiments.find((one) => one.name === name);
