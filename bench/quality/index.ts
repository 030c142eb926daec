/** How good are the answers? */
export type { Estimate } from './measures.ts';
export { measureQuality, type QualityReport } from './quality.ts';
