/**
 * Has it lasted? A second that is bad adds to a sum, a good one takes from it, one between leaves it: short blips never add up,
 * and what fires does not stop at the first good second.
 */

export interface Sustained {
  /** 0 calm, 1 it has lasted long enough; kept between them. */
  readonly fill: number;
  readonly firing: boolean;
}

export interface Patience {
  /** Bad seconds in a row until it fires. */
  readonly fireS: number;
  /** Good seconds in a row until it stops. */
  readonly clearS: number;
}

export const CALM: Sustained = { fill: 0, firing: false };

/** Sums of tenths must not miss the threshold by a rounding. */
const ROUNDING = 1e-9;

/** @param second what this second was: `bad` is over the threshold, `good` is below that at which it stops */
export function sustain(
  before: Sustained,
  second: 'bad' | 'between' | 'good',
  lengthS: number,
  { fireS, clearS }: Patience,
): Sustained {
  const change = second === 'bad' ? lengthS / fireS : second === 'good' ? -lengthS / clearS : 0;
  const fill = Math.min(1, Math.max(0, before.fill + change));
  const firing = before.firing ? fill > ROUNDING : fill >= 1 - ROUNDING;
  return firing === before.firing && fill === before.fill ? before : { fill, firing };
}
