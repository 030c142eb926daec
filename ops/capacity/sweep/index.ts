/** Load for a server of this machine: what it was asked, when each request was due, and what came of it. */
export { ARRIVALS, type Arrivals } from './arrivals.ts';
export { Connection, type Reply, type Target } from './connection.ts';
export { type ServerFacts, searchesSoFar, serverFacts } from './device.ts';
export { type Generator, openGenerator } from './generator.ts';
export { queryMix } from './queries.ts';
export type { SweepStep } from './record.ts';
export {
  failedOf,
  runSweep,
  type Sweep,
  type SweepPlan,
  type SweepProgress,
  stepPlan,
  sweepSchema,
} from './sweep.ts';
export { loopbackTarget } from './target.ts';
export { isDegraded, PARTS, type Part } from './timings.ts';
