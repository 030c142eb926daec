/** Who gets what of something new, is it any worse, and how far may it go? */
export type { Answered, AnsweredFeed, AnsweredListener, AnsweredReady, Assigned } from './answered.ts';
export { ARM_HEADER, ASKER_HEADERS, armsAsked, SESSION_HEADER, subjectOf, USER_HEADER } from './asker.ts';
export type { ArmName, AssignmentReason } from './assignment/index.ts';
export type { Asker, Given } from './board.ts';
export { canaryAdmin } from './canary-admin.ts';
export { canaryInputs } from './canary-inputs.ts';
export { RERANK } from './definition.ts';
export type { Desk } from './desk.ts';
export { Experiments, type Seat } from './experiments.ts';
export { type Move, MoveRefused } from './moves.ts';
export type { AnnounceCanary, CanaryNotice, DatedNotice } from './notices.ts';
export { CanaryOffline } from './offline.ts';
export { OFREP_FLAG, OFREP_FLAGS, ofrepRoutes } from './ofrep/routes.ts';
export {
  actSchema,
  type CanaryState,
  type Experiment,
  experimentOf,
  experimentSchema,
  isLive,
  progressSchema,
} from './state.ts';
