/** The door: how fast, how large, and what share of the raw limit. */
export {
  type BenchResult,
  type Comparison,
  compare,
  measureRows,
  readResult,
  shown,
  writeResult,
} from './harness/index.ts';
export { BENCHMARKS, type BenchmarkName, reportOn, runAll, runSuite, type SuiteOptions } from './suite.ts';
