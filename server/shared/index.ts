/** What do several processes hold in common: what clients owe, who is blocked, what operators changed? */
export { checkStore } from './check-store.ts';
export { openShared, type Shared, type SharedStatus } from './open-shared.ts';
