/** Who gets what of something new, is it any worse, and how far may it go? */
export type { Answered, AnsweredFeed, AnsweredListener, Assigned } from './answered.ts';
export type { ArmName, AssignmentReason } from './assignment/index.ts';
