import type { Clock } from './clock.ts';
import type { StageTimings } from './types.ts';

/** Sorts the time of one query into its stages; each lap ends where the next begins. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #startUs: number;
  #lapUs: number;
  #addedMs = 0;
  readonly timings: StageTimings = {
    queueMs: 0,
    embedMs: 0,
    denseMs: 0,
    lexicalMs: 0,
    fuseMs: 0,
    diversifyMs: 0,
    rerankMs: 0,
    documentsMs: 0,
    totalMs: 0,
  };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startUs = clock.nowUs();
    this.#lapUs = this.#startUs;
  }

  lap(stage: keyof StageTimings): void {
    const now = this.#clock.nowUs();
    this.timings[stage] += (now - this.#lapUs) / 1000;
    this.#lapUs = now;
  }

  /** What was spent elsewhere on a stage. */
  add(stage: keyof StageTimings, ms: number): void {
    this.timings[stage] += ms;
    this.#addedMs += ms;
  }

  get elapsedMs(): number {
    return (this.#clock.nowUs() - this.#startUs) / 1000;
  }

  finish(): StageTimings {
    this.timings.totalMs = this.elapsedMs + this.#addedMs;
    for (const stage of Object.keys(this.timings) as (keyof StageTimings)[]) {
      this.timings[stage] = Math.round(this.timings[stage] * 1000) / 1000;
    }
    return this.timings;
  }
}
