/** The stages of queries, written by the worker threads themselves: each into arrays of its own, in shared memory. */
import type { StageTimings } from '../../engine/types.ts';
import { addEvent, LiveSeries, SHARED_COUNTS_BYTES, type SharedCounts, sharedCounts } from './live-series.ts';
import { STAGES } from './series.ts';

const MEASURES = ['service', ...STAGES] as const;

/** Arrays for this many writers; handed to the workers as they are. @returns one buffer a writer */
export const stageBuffers = (writers: number): SharedArrayBuffer[] =>
  Array.from({ length: writers }, () => new SharedArrayBuffer(MEASURES.length * SHARED_COUNTS_BYTES));

const arrayOf = (buffer: SharedArrayBuffer, at: number): SharedCounts => sharedCounts(buffer, at * SHARED_COUNTS_BYTES);

/** What the judge reads of them: one series a stage, over all writers. */
export const stageSeries = (buffers: readonly SharedArrayBuffer[]): LiveSeries[] =>
  MEASURES.map(
    (measure, at) =>
      new LiveSeries(
        { measure, endpoint: '', outcome: '', cache: '', rerank: '', arm: '' },
        buffers.map((buffer) => arrayOf(buffer, at)),
      ),
  );

/** Held by one worker. */
export class StageRecorder {
  readonly #service: SharedCounts;
  readonly #stages: readonly (readonly [`${(typeof STAGES)[number]}Ms`, SharedCounts])[];

  constructor(buffer: SharedArrayBuffer) {
    this.#service = arrayOf(buffer, 0);
    this.#stages = STAGES.map((stage, at) => [`${stage}Ms`, arrayOf(buffer, at + 1)] as const);
  }

  /** Counts the stages that ran. @param timings null where the query did not come to its end */
  record(serviceMs: number, timings: StageTimings | null): void {
    addEvent(this.#service, serviceMs * 1e6);
    if (timings === null) return;
    for (const [stage, counts] of this.#stages) {
      const ms = timings[stage];
      if (ms > 0) addEvent(counts, ms * 1e6);
    }
  }
}
