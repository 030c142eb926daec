/** What became of changes, and how long was each durable before it was visible? For who measures from outside. */
import type { Outcome } from '../../engine/changes/index.ts';
import type { Clock } from '../../engine/clock.ts';
import { BOUNDS_NS } from '../../ops/index.ts';
import type { VisibleStep } from './contract.ts';

/** Changes that became durable together and are not visible yet. */
interface Waiting {
  /** Sequence before the first of them. */
  from: number;
  readonly to: number;
  readonly atUs: number;
}

/** Of one step, from durable to visible. */
export interface Delays {
  /** Changes in each bucket alone; the last is beyond all bounds. */
  readonly buckets: Float64Array;
  sumNs: number;
  /** Of the last change. */
  lastMs: number | null;
}

const noDelays = (): Delays => ({ buckets: new Float64Array(BOUNDS_NS.length + 1), sumNs: 0, lastMs: null });

export class ChangeCounts {
  readonly #clock: Clock;
  /** Operations since the start. */
  readonly outcomes: Record<Outcome['kind'], number> = {
    ...{ created: 0, updated: 0, deleted: 0, unchanged: 0, missing: 0, conflict: 0 },
    ...{ keyReused: 0, full: 0, invalid: 0, refused: 0 },
  };
  readonly delays: Readonly<Record<VisibleStep, Delays>> = { words: noDelays(), whole: noDelays() };
  readonly #waiting: Readonly<Record<VisibleStep, Waiting[]>> = { words: [], whole: [] };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  came(outcomes: readonly Outcome[]): void {
    for (const { kind } of outcomes) this.outcomes[kind] += 1;
  }

  /** Changes behind a sequence are durable, up to another. */
  durable(from: number, to: number): void {
    const atUs = this.#clock.nowUs();
    for (const waiting of Object.values(this.#waiting)) waiting.push({ from, to, atUs });
  }

  /** Changes up to a sequence are visible. */
  visible(step: VisibleStep, upTo: number): void {
    const waiting = this.#waiting[step];
    const nowUs = this.#clock.nowUs();
    for (let first = waiting[0]; first !== undefined && first.from < upTo; first = waiting[0]) {
      const to = Math.min(first.to, upTo);
      this.#add(step, (nowUs - first.atUs) * 1000, to - first.from);
      first.from = to;
      if (first.from === first.to) waiting.shift();
    }
  }

  #add(step: VisibleStep, ns: number, changes: number): void {
    const delays = this.delays[step];
    const bound = BOUNDS_NS.findIndex((each) => ns <= each);
    const bucket = bound === -1 ? BOUNDS_NS.length : bound;
    delays.buckets[bucket] = delays.buckets[bucket]! + changes;
    delays.sumNs += ns * changes;
    delays.lastMs = ns / 1e6;
  }
}
