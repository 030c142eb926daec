/**
 * What is good enough? The runbook's thresholds, each a setting.
 *
 * The windows of the burn rates are no settings (`burn-tiers.ts` says why); how fast a budget may burn in each is.
 */
import { z } from 'zod';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);
const real = (low: number, high: number, preset: number, about: string) =>
  z.number().min(low).max(high).default(preset).describe(about);

/** What a target may be: 100 % would leave no budget to divide by. */
export const TARGET_PERCENT = { low: 1, high: 99.999 } as const;
/** Hours are kept for 35 days, and a restart takes budgets up from them. */
export const WINDOW_DAYS = { low: 1, high: 35 } as const;
export const THRESHOLD_MS = { low: 1, high: 600_000 } as const;
export const BURN = { low: 0.1, high: 1000 } as const;

const target = (preset: number, about: string) => real(TARGET_PERCENT.low, TARGET_PERCENT.high, preset, about);
const threshold = (preset: number, about: string) => int(THRESHOLD_MS.low, THRESHOLD_MS.high, preset, about);
const burn = (preset: number, windows: string) =>
  real(BURN.low, BURN.high, preset, `Burn rate above which ${windows} together alert; 1 spends just the budget`);

const row = (successPercentMin: number, latencyMsMax: number) =>
  z
    .strictObject({
      successPercentMin: real(0, 100, successPercentMin, 'A success rate below it, percent, has this severity'),
      latencyMsMax: threshold(latencyMsMax, 'A 95th percentile of latency above it has this severity'),
    })
    .prefault({});

export const sloSchema = z.strictObject({
  file: z
    .string()
    .max(1024)
    .default('')
    .describe('OpenSLO file whose objectives take the place of those below; empty for none'),
  windowDays: int(WINDOW_DAYS.low, WINDOW_DAYS.high, 28, 'Days over which an error budget is counted'),
  availability: z
    .strictObject({ targetPercent: target(99.5, 'Share of searches that must not fail, be shed or miss the deadline') })
    .prefault({}),
  latency: z
    .strictObject({
      thresholdMs: threshold(800, 'Time within which an answer counts as fast'),
      targetPercent: target(95, 'Share of answers that must be fast'),
    })
    .prefault({}),
  tail: z
    .strictObject({
      thresholdMs: threshold(2000, 'Time within which an answer counts as bearable'),
      targetPercent: target(99, 'Share of answers that must be bearable'),
    })
    .prefault({}),
  burn: z
    .strictObject({
      critical: burn(14.4, '1 h and 5 min'),
      high: burn(6, '6 h and 30 min'),
      medium: burn(3, '24 h and 2 h'),
      low: burn(1, '72 h and 6 h'),
      badEventsMin: int(1, 1_000_000, 10, 'Bad events that the longer window must hold before it can alert'),
    })
    .prefault({}),
  severity: z
    .strictObject({ critical: row(95, 5000), high: row(99, 2000), medium: row(99.5, 1000), low: row(99.8, 800) })
    .prefault({}),
  cacheHitPercentMin: real(0, 100, 50, 'Share of cache look-ups that should hit'),
  memoryPercentMax: real(1, 100, 80, 'Share of the memory limit that may be resident'),
  cpuPercentMax: real(1, 100, 80, 'Share of the cores that may be busy'),
});

export type SloSettings = z.infer<typeof sloSchema>;
