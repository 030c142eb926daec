/** Which index is served, and how does a running server go over to another? */
export { indexBytes } from './bytes.ts';
export { indexAdmin, swapInput } from './index-admin.ts';
export { IndexSwap, type SwapOutcome, type SwapPorts } from './index-swap.ts';
export { openVerifications } from './open-verifications.ts';
export { rebuildAdmin, rebuildInput } from './rebuild-admin.ts';
export { openRebuilds, type Rebuilds } from './rebuilds.ts';
export type { Verifications } from './verifications.ts';
export { verifyAdmin, verifyInput } from './verify-admin.ts';
export { CurrentWatch } from './watch-current.ts';
