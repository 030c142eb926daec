/** Who asks while something goes wrong, and what became of it second by second. */
export type { Lane, LoadSecond } from './lane.ts';
export { type Load, openLoad } from './load.ts';
