/** How much can this server take, what stops it, and what would one core more give? */
export { answerCapacity, type CapacityAnswer, isSpread } from './answer.ts';
export { type CapacityCheck, checkOf } from './check.ts';
export { loadsOfSweep, readSource, type Source } from './load/index.ts';
export { type Random, randomOf } from './random.ts';
export { type Chart, type ChartSeries, svgOf } from './report/chart.ts';
export { type CapacityReport, markdownOf } from './report/markdown.ts';
export { linearScale } from './report/scale.ts';
export { shown } from './report/shown.ts';
export { writeReport } from './report/write.ts';
export {
  ARRIVALS,
  type Arrivals,
  Connection,
  type Generator,
  isDegraded,
  loopbackTarget,
  openGenerator,
  queryMix,
  type Reply,
  runSweep,
  type ServerFacts,
  type Sweep,
  type SweepPlan,
  searchesSoFar,
  serverFacts,
  stepPlan,
  type Target,
} from './sweep/index.ts';
