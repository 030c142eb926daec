/** Which index is served, and how does a running server go over to another? */
export { indexBytes } from './bytes.ts';
export { indexAdmin, swapInput } from './index-admin.ts';
export { IndexSwap, type SwapOutcome, type SwapPorts } from './index-swap.ts';
export { CurrentWatch } from './watch-current.ts';
