/** The ports of the source as tests hold them: time that only moves when something waits, and a list of the waits. */
import type { Clock } from '../../../engine/clock.ts';
import type { Pauses } from '../../../engine/source/http/pauses.ts';

export interface TestTime {
  readonly clock: Clock;
  readonly pauses: Pauses;
  /** Milliseconds of each sleep so far. */
  readonly sleeps: number[];
  /** Ends the time of every request in flight. */
  expire(): void;
}

export function testTime(startWallMs = Date.UTC(2026, 0, 1)): TestTime {
  let nowMs = 0;
  const sleeps: number[] = [];
  const expiries = new Set<AbortController>();
  return {
    sleeps,
    clock: { nowUs: () => nowMs * 1000, wallMs: () => startWallMs + nowMs },
    pauses: {
      sleep(ms, signal) {
        signal?.throwIfAborted();
        sleeps.push(ms);
        nowMs += ms;
        return Promise.resolve();
      },
      expiry() {
        const controller = new AbortController();
        expiries.add(controller);
        return controller.signal;
      },
    },
    expire() {
      for (const controller of expiries) controller.abort(new Error('Time is up'));
    },
  };
}
