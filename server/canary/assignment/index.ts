/** Which arm does somebody get? */
export {
  type Allotment,
  type ArmName,
  type Asking,
  type Assign,
  type Assignment,
  type AssignmentReason,
  assigner,
  CANARY,
  CONTROL,
} from './assign.ts';
export { type Constraint, OPERATORS } from './constraint.ts';
export { knownAs, type Subject } from './subject.ts';
