/** Variants of experiments: taken up, stopped, lost. */
export type { Arms } from './arms.ts';
export { Board } from './board.ts';
export type { ArmsControl } from './contract.ts';
export { faultsInput, faultsRoute } from './faults-route.ts';
export { openArms } from './open-arms.ts';
