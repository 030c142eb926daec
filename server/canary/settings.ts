/** What may be set about experiments: where their state is kept, and what holds for those that do not say. */
import { z } from 'zod';
import { relevanceShape } from './relevance/settings.ts';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);
const real = (low: number, high: number, preset: number, about: string) =>
  z.number().min(low).max(high).default(preset).describe(about);

export const canarySchema = z.strictObject({
  directory: z
    .string()
    .min(1)
    .max(1024)
    .default('data/canary')
    .describe('Folder of their state, the emergency stop included; each process needs its own'),
  armHeader: z
    .enum(['off', 'operators'])
    .default('operators')
    .describe('Who may ask for an arm with the header X-Canary-Arm: nobody, or whoever may act on the server'),
  alpha: real(0.0001, 0.2, 0.01, 'Probability that an experiment which is no worse is ever rolled back by itself'),
  consecutiveFailuresMax: int(2, 1000, 5, 'Failures of a canary one after the other that roll it back at once'),
  margin: real(0.001, 0.5, 0.02, 'By which share of requests a canary may be worse and still take a step'),
  stepSecondsMin: int(1, 31 * 86_400, 600, 'How long a step lasts at least'),
  stepRequestsMin: int(1, 10_000_000, 500, 'Comparable requests of the canary that a step needs'),
  stepSecondsMax: int(10, 366 * 86_400, 86_400, 'After that long, a step that was not enough ends without a finding'),
  budgetLeftPercentMin: real(0, 100, 10, 'Share of each error budget that must be left for a step to be taken'),
  ...relevanceShape,
});

export type CanarySettings = z.infer<typeof canarySchema>;
