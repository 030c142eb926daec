/** How a benchmark is run, kept, compared and told. */
export { type Launch, runBenchmark, type Scale } from './benchmark.ts';
export { type Comparison, compare } from './compare.ts';
export { cpuMsOf, memoryOf, type ProcessMemory } from './machine.ts';
export { measureRows, shown, writeReport } from './report.ts';
export { type BenchResult, hashOf, type Ratio, readResult, writeResult } from './result.ts';
export { median, percentile, Rounds, ratio } from './rounds.ts';
