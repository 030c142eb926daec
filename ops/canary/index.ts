/** Is what some of the users get worse than what the others get, and how many more may get it? */
export { type Bounds, differenceBounds, rateBounds } from './confidence.ts';
export {
  coinOf,
  interleave,
  type ListOutcome,
  type Owner,
  outcomeOfClicks,
  type Placed,
  type Team,
} from './interleave.ts';
export { Preference, type PreferenceRecord, type PreferenceStatus } from './preference.ts';
export { quantileRanks, type RankBounds } from './quantile.ts';
export {
  advance,
  ending,
  excess,
  obstacles,
  PHASES,
  type Phase,
  type Progress,
  type RolloutPlan,
  type Seen,
} from './rollout.ts';
export { Seldom } from './seldom.ts';
export {
  type ArmCounts,
  BAD_EVENTS,
  type BadEvent,
  noCounts,
  Trial,
  type TrialEvent,
  type TrialRecord,
  type TrialVerdict,
} from './trial.ts';
