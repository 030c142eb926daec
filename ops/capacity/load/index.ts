/** Loads that a server was under, wherever they were measured. */
export { loadsOfSweep } from './from-sweep.ts';
export type { LoadStep } from './load-step.ts';
export { type LogSummary, readSource, type Source, type SourceSettings } from './read-source.ts';
export { sweepLog } from './sweep-log.ts';
