/** What does the process say of itself? */
export { ab } from './ab.ts';
export { device } from './device.ts';
export { histograms, openMetrics, timelineOf } from './exports.ts';
export { health, live, ready } from './health.ts';
export type { StatsParts } from './parts.ts';
export { cache, metrics, rateLimit, slo } from './traffic.ts';
