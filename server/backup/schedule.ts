/** When is the next backup due? Times of the day in UTC, so that no day has one twice or not at all. */

const DAY_MS = 86_400_000;

/** @param at as `backup.at` has it: '03:30,15:30'; '' for never. @returns milliseconds since midnight, ascending */
export function timesOf(at: string): number[] {
  if (at === '') return [];
  const times = at.split(',').map((time) => {
    const [hours, minutes] = time.split(':').map(Number) as [number, number];
    return (hours * 60 + minutes) * 60_000;
  });
  return times.sort((one, other) => one - other);
}

/** The longest time between two of them; null where there are none. */
export function periodMs(times: readonly number[]): number | null {
  const [first] = times;
  if (first === undefined) return null;
  return Math.max(...times.map((time, at) => (times[at + 1] ?? first + DAY_MS) - time));
}

/** The first moment after this one; null where there is none. */
export function nextAfter(times: readonly number[], wallMs: number): number | null {
  const [first] = times;
  if (first === undefined) return null;
  const midnight = wallMs - (wallMs % DAY_MS);
  const today = times.find((time) => midnight + time > wallMs);
  return today === undefined ? midnight + DAY_MS + first : midnight + today;
}
