/** Every number that decides when a detector fires; one group a detector. Objectives come from elsewhere. */
import { z } from 'zod';

const number = (low: number, high: number, preset: number, about: string) =>
  z.number().min(low).max(high).default(preset).describe(about);
const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);

const patience = (fireS: number, clearS: number) => ({
  fireS: number(1, 3600, fireS, 'Bad seconds in a row until it fires'),
  clearS: number(1, 3600, clearS, 'Good seconds in a row until it stops'),
});

const cusum = {
  fastMultiple: number(1.5, 100, 5, 'Share of bad events that the fast sum looks for, in budgets'),
  fastCapPerS: number(0.1, 100, 3.5, 'Most evidence of one second in the fast sum, as a natural logarithm of odds'),
  slowMultiple: number(1.1, 100, 2, 'Share of bad events that the slow sum looks for, in budgets'),
  slowCapPerS: number(0.1, 100, 2.5, 'Most evidence of one second in the slow sum, as a natural logarithm of odds'),
  evidenceDecades: number(1, 100, 9, 'Evidence at which it fires, in powers of ten'),
  badEventsMin: int(1, 100_000, 10, 'Bad events below which it never fires'),
  forgetS: number(60, 86_400, 1800, 'Seconds without traffic after which all evidence is forgotten'),
  recentS: number(5, 3600, 60, 'Seconds over which events fade from the share that decides severity'),
};

const errors = z.strictObject({
  ...cusum,
  criticalBelowPercent: number(0, 100, 95, 'Success below this is critical'),
  highBelowPercent: number(0, 100, 99, 'Success below this is high'),
  mediumBelowPercent: number(0, 100, 99.5, 'Success below this is medium; all else that fires is low'),
});

const slowness = z.strictObject({
  ...cusum,
  criticalAboveBudgets: number(1, 100, 10, 'Late answers above so many budgets are critical'),
  highAboveBudgets: number(1, 100, 5, 'Late answers above so many budgets are high'),
  mediumAboveBudgets: number(1, 100, 2, 'Late answers above so many budgets are medium; all else that fires is low'),
});

const absence = z.strictObject({
  silenceSMin: number(5, 3600, 10, 'Shortest silence that fires, seconds'),
  silenceSMax: number(
    5,
    86_400,
    300,
    'Longest silence that is waited for; thinner traffic than that needs never fires, seconds',
  ),
  clump: number(1, 100, 4, 'Requests that come together, on average'),
  decades: number(1, 30, 9, 'How unlikely a silence must be by chance, in powers of ten'),
  steadyS: number(60, 86_400, 1800, 'Seconds of traffic before its absence can fire'),
  forgetS: number(60, 604_800, 3600, 'Seconds of silence after which it is the usual, and stops firing'),
});

const memory = z.strictObject({
  highPercent: number(1, 100, 80, 'Resident memory, of the limit, that is high'),
  clearPercent: number(1, 100, 77, 'Resident memory below which it stops'),
  criticalPercent: number(1, 100, 95, 'Resident memory that is critical'),
  criticalClearPercent: number(1, 100, 92, 'Resident memory below which it is no longer critical'),
  ...patience(3, 5),
});

const memoryGrowth = z.strictObject({
  stretchS: number(1, 600, 30, 'Seconds of which the lowest resident memory is kept'),
  stretches: int(6, 40, 20, 'Stretches through which a line is laid'),
  horizonS: number(60, 86_400, 1800, 'Seconds until the limit below which it fires'),
  warmUpS: number(0, 86_400, 600, 'Seconds after the start in which growth is no news'),
  growthPercentMin: number(0.1, 100, 6, 'Least growth over all stretches, of the limit'),
});

const loop = z.strictObject({
  delayMsMax: number(20, 60_000, 250, 'Longest delay of the event loop that is tolerated, milliseconds'),
  busyPercentMax: number(1, 100, 98, 'Most the event loop may be busy while it is also late'),
  gcPercentMax: number(1, 100, 30, 'Most of a second that may go into collecting garbage'),
  ...patience(5, 10),
});

const cpu = z.strictObject({
  busyPercentMax: number(1, 100, 80, 'Most of its cores that the process may use'),
  ...patience(60, 30),
});

const queue = z.strictObject({
  waitMsMax: number(1, 60_000, 400, 'Longest wait for a worker that is tolerated, 95th percentile, milliseconds'),
  ...patience(8, 10),
});

const brownout = z.strictObject({
  rungNoMin: int(1, 6, 2, 'Rung of the ladder that is not to last: 2 leaves reranking out'),
  ...patience(10, 15),
});

const usual = (windowS: number, windowEventsMin: number, deviationsMin: number) => ({
  windowS: number(1, 600, windowS, 'Shortest window over which a share is taken, seconds'),
  windowEventsMin: int(1, 100_000, windowEventsMin, 'Fewest events of a window'),
  deviationsMin: number(2, 100, deviationsMin, 'Deviations from the usual share that are unusual'),
  learnS: number(60, 86_400, 900, 'Seconds of history before anything is unusual'),
  acceptS: number(60, 604_800, 3600, 'Seconds after which the unusual is the new usual'),
});

const cache = z.strictObject({
  ...usual(10, 100, 4.5),
  errorsPercentMax: number(0.01, 100, 5, 'Look-ups that may fail'),
  collapsePercent: number(1, 99, 50, 'Share of the usual hit rate below which it has collapsed'),
  usualPercentMin: number(1, 100, 10, 'Usual hit rate below which there is nothing to collapse'),
  collapseS: number(1, 3600, 60, 'Seconds of collapse until it fires'),
  ...patience(3, 10),
});

const flood = z.strictObject({
  refusedPerSMin: number(0.1, 1e6, 5, 'Refusals a second below which nothing is a flood'),
  limitedPercentMax: number(1, 100, 20, 'Requests that may be refused by rate limits'),
  surgeMultiple: number(1.5, 1000, 3, 'Traffic that is a surge, in multiples of the usual'),
  surgeRefusedPercent: number(0.1, 100, 5, 'Requests that may be refused, by limits or for want of room, in a surge'),
  clientPerMinuteMin: number(1, 1e8, 600, 'Requests of one client in a minute below which it is no flood'),
  clientPercentMin: number(1, 100, 50, 'Share of the traffic that makes one client a flood in a surge'),
  ...patience(5, 15),
});

const models = z.strictObject({
  failedInRow: int(1, 10_000, 5, 'Failures without a success between them'),
  failedPercentMax: number(0.1, 100, 20, 'Recent calls that may fail'),
  failedMin: number(1, 10_000, 10, 'Recent failures below which their share says nothing'),
  recentS: number(1, 3600, 15, 'Seconds over which calls fade'),
  ...patience(2, 10),
});

const emptiness = z.strictObject({
  ...usual(5, 30, 8),
  risePercentMin: number(1, 100, 30, 'Percentage points above the usual that matter'),
  alwaysPercent: number(50, 100, 95, 'Empty answers that are wrong without any history'),
  firstS: number(1, 3600, 10, 'Seconds of windows until it fires'),
});

/** One group a detector, by its name. */
export const detectSchema = z.strictObject({
  errors: errors.prefault({}).describe('Failed requests'),
  slowness: slowness.prefault({}).describe('Late answers'),
  absence: absence.prefault({}).describe('Traffic that stops'),
  memory: memory.prefault({}).describe('Memory near its limit'),
  memoryGrowth: memoryGrowth.prefault({}).describe('Memory that climbs towards its limit'),
  loop: loop.prefault({}).describe('A main thread that stands still'),
  cpu: cpu.prefault({}).describe('Processor time'),
  queue: queue.prefault({}).describe('Waits for a worker'),
  brownout: brownout.prefault({}).describe('Answers that lack parts'),
  cache: cache.prefault({}).describe('Cache errors and hit rate'),
  flood: flood.prefault({}).describe('Clients that ask too much'),
  models: models.prefault({}).describe('Models that fail'),
  emptiness: emptiness.prefault({}).describe('Searches that find nothing'),
});

export type DetectSettings = z.infer<typeof detectSchema>;
