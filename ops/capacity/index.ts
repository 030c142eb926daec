/** How much can this server take, what stops it, and what would one core more give? */
export { answerCapacity, type CapacityAnswer, isSpread } from './answer.ts';
export { type CapacityCheck, checkOf } from './check.ts';
export { loadsOfSweep, readSource, type Source } from './load/index.ts';
export { type CapacityReport, markdownOf } from './report/markdown.ts';
export { shown } from './report/shown.ts';
export { writeReport } from './report/write.ts';
export {
  ARRIVALS,
  type Arrivals,
  type Generator,
  loopbackTarget,
  openGenerator,
  runSweep,
  type ServerFacts,
  type Sweep,
  type SweepPlan,
  searchesSoFar,
  serverFacts,
  stepPlan,
} from './sweep/index.ts';
