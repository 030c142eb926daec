/**
 * Is this value unusual for this series? A centre and a spread that follow it, both deaf to outliers.
 *
 * ```
 * smoothed  the last values' mean, exponentially          centre ← centre + clipped / centreValues
 * clipped   smoothed − centre, at most clip spreads        spread ← spread + (1.25 · |clipped| − spread) / spreadValues
 * ```
 *
 * Clipping is Huber's (Annals of Mathematical Statistics 1964): an outlier moves the centre by no more than a value at the edge
 * of the usual. 1.25 makes a mean absolute deviation a standard deviation where values are normal. A value that is itself an
 * estimate, such as a share of few events, brings the deviation that chance alone gives it: its noise.
 */

export interface HistorySettings {
  /** Values over which the newest are averaged; 1 takes each as it is. */
  readonly smoothingValues: number;
  readonly centreValues: number;
  readonly spreadValues: number;
  /** Spreads beyond which a value teaches no more. */
  readonly clip: number;
}

export interface History {
  readonly seen: number;
  readonly smoothed: number;
  readonly centre: number;
  readonly spread: number;
}

export const NO_HISTORY: History = { seen: 0, smoothed: 0, centre: 0, spread: 0 };

/** Values before which nothing is unusual, and all teach in full. */
const FIRST_VALUES = 20;
/** A series that never moved has no spread: any move is this far. */
const DEVIATION_MAX = 100;
const MEAN_TO_STANDARD = 1.25;
/** Relative to the centre: below it, differences are rounding. */
const SPREAD_MIN = 1e-9;

const smooth = ({ seen, smoothed }: History, value: number, { smoothingValues }: HistorySettings): number =>
  seen === 0 ? value : smoothed + (value - smoothed) / Math.min(smoothingValues, seen + 1);

/**
 * How far the value, averaged with those before it, is from the centre: in spreads, signed, at most 100; 0 while too few are known.
 *
 * @param noise standard deviation that chance gives this value, in its own unit
 */
export function deviation(history: History, value: number, settings: HistorySettings, noise = 0): number {
  if (history.seen < FIRST_VALUES) return 0;
  const away = smooth(history, value, settings) - history.centre;
  const unit = unitOf(history, noise);
  if (away === 0) return 0;
  return Math.max(-DEVIATION_MAX, Math.min(DEVIATION_MAX, unit === 0 ? Math.sign(away) * DEVIATION_MAX : away / unit));
}

const unitOf = ({ spread, centre }: History, noise: number): number =>
  Math.max(spread, noise, SPREAD_MIN * Math.abs(centre));

/** Takes the value into the history. */
export function learn(history: History, value: number, settings: HistorySettings, noise = 0): History {
  const { seen, spread } = history;
  const smoothed = smooth(history, value, settings);
  const centre = seen === 0 ? value : history.centre;
  const unit = unitOf(history, noise);
  // A series that never moved has no usual moves: its first one teaches in full.
  const unknown = seen < FIRST_VALUES || unit <= SPREAD_MIN * Math.abs(centre);
  const edge = unknown ? Number.POSITIVE_INFINITY : settings.clip * unit;
  const clipped = Math.max(-edge, Math.min(edge, smoothed - centre));
  return {
    seen: seen + 1,
    smoothed,
    centre: centre + clipped / Math.min(settings.centreValues, seen + 1),
    spread: spread + (MEAN_TO_STANDARD * Math.abs(clipped) - spread) / Math.min(settings.spreadValues, seen + 1),
  };
}
