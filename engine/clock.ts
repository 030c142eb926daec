/**
 * Time as a value that is handed in, so that tests own it and never sleep.
 *
 * `nowUs` is monotonic and only good for differences; `wallMs` is the calendar.
 */
export interface Clock {
  /** Microseconds since an arbitrary start; never goes back. */
  nowUs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
}

/** The machine's own clocks. */
export const systemClock: Clock = {
  nowUs: () => performance.now() * 1000,
  wallMs: () => Date.now(),
};
