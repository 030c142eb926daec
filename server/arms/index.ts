/** Variants of experiments: taken up, stopped, lost. */
export type { ArmsControl } from './contract.ts';
