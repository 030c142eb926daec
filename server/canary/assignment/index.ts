/** Which arm does somebody get? */
export { type Allotment, type Asking, type Assign, type Assignment, assigner, CONTROL } from './assign.ts';
export { type Constraint, OPERATORS } from './constraint.ts';
export type { Subject } from './subject.ts';
