import { setTimeout as delay } from 'node:timers/promises';

/** Waiting as a value that is handed in, so that tests decide when time has passed. */
export interface Pauses {
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal | null): Promise<void>;
  /** A signal that aborts by itself after `ms`. */
  expiry(ms: number): AbortSignal;
}

/** The machine's own timers; none keeps the process alive on its own but a sleep in progress. */
export const systemPauses: Pauses = {
  sleep: (ms, signal) =>
    delay(ms, undefined, signal === null ? {} : { signal }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    }),
  expiry: (ms) => AbortSignal.timeout(ms),
};
