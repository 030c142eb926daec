/** What happens when more is asked than can be done? Simpler answers first, then fewer; who is urgent is served before who is not. */
export { STEP_MS } from './lateness.ts';
export { LoadControl, type LoadStatus, type ShedReason } from './load-control.ts';
export { PRIORITIES, type Priority, priorityOf } from './priority.ts';
export { kindOf } from './rung.ts';
export { type OverloadSettings, overloadSchema } from './settings.ts';
export { type Guest, type Leaving, SHED_DETAILS, WaitingRoom, type WaitingRoomSettings } from './waiting-room.ts';
