/** Is what some of the users get worse than what the others get, and how many more may get it? */
export { type Bounds, rateBounds } from './confidence.ts';
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
