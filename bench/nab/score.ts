/**
 * How well were labelled anomalies found? The scoring of the Numenta Anomaly Benchmark (Lavin and Ahmad, ICMLA 2015), as its
 * version 1.1 sweeps it.
 *
 * A detection in a labelled window earns up to the weight of a true positive, more the earlier it comes; only the best one of a
 * window counts, and a missed window costs the weight of a false negative. Any other detection costs up to the weight of a false
 * positive, less just after a window. The first rows of a series are for learning and are not scored. One threshold for all
 * series, the best one in hindsight, is chosen for each profile, and the sum is put on a scale where finding nothing is 0 and
 * finding every window at its first row is 100.
 */

export interface Weights {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
}

/** Rows of a window, both ends included. */
export interface Window {
  readonly first: number;
  readonly last: number;
}

export interface ScoredSeries {
  readonly windows: readonly Window[];
  /** One a row, higher is stranger. */
  readonly scores: ArrayLike<number>;
}

export interface NabScore {
  /** 0 finds nothing, 100 finds all at once; below 0 does harm. */
  readonly normalised: number;
  /** Rows with at least this score count as detections. */
  readonly threshold: number;
  readonly windows: number;
  readonly windowsFound: number;
  /** Detections outside of windows. */
  readonly falsePositives: number;
}

const PROBATION_SHARE = 0.15;
const PROBATION_ROWS_MAX = 750;

/** Rows at the start of a series that are not scored. */
export const probationRows = (rows: number): number => Math.min(Math.floor(PROBATION_SHARE * rows), PROBATION_ROWS_MAX);

/** 1 far before, 0 at the end of a window, −1 from three window lengths after it. */
const sigmoid = (position: number): number => (position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1);
const EARLIEST = sigmoid(-1);

interface Row {
  readonly score: number;
  readonly worth: number;
  /** Number of the window over the whole corpus; −1 outside of windows. */
  readonly window: number;
}

function rowsOf({ windows, scores }: ScoredSeries, windowsBefore: number, weights: Weights): Row[] {
  const rows: Row[] = [];
  let next = 0;
  let past: Window | null = null;
  for (let row = 0; row < scores.length; row++) {
    while (next < windows.length && windows[next]!.last < row) past = windows[next++]!;
    const current = windows[next];
    if (row < probationRows(scores.length)) continue;
    const score = scores[row]!;
    if (current !== undefined && row >= current.first) {
      const width = current.last - current.first + 1;
      const worth = (sigmoid(-(current.last - row + 1) / width) * weights.truePositive) / EARLIEST;
      rows.push({ score, worth, window: windowsBefore + next });
    } else {
      const harm: number = past === null ? -1 : sigmoid((row - past.last) / Math.max(1, past.last - past.first));
      rows.push({ score, worth: harm * weights.falsePositive, window: -1 });
    }
  }
  return rows;
}

/** Tries every threshold, and keeps the best. */
export function nabScore(corpus: readonly ScoredSeries[], weights: Weights): NabScore {
  let windows = 0;
  const rows: Row[] = [];
  for (const series of corpus) {
    for (const row of rowsOf(series, windows, weights)) rows.push(row);
    windows += series.windows.length;
  }
  rows.sort((a, b) => b.score - a.score);
  const nothing = -windows * weights.falseNegative;
  let best = { sum: nothing, threshold: Number.POSITIVE_INFINITY, windowsFound: 0, falsePositives: 0 };
  const earned = new Map<number, number>();
  let sum = nothing;
  let falsePositives = 0;
  for (const [at, { score, worth, window }] of rows.entries()) {
    if (window < 0) {
      sum += worth;
      falsePositives += 1;
    } else {
      const before = earned.get(window) ?? -weights.falseNegative;
      if (worth > before) {
        earned.set(window, worth);
        sum += worth - before;
      }
    }
    const lastOfItsScore = rows[at + 1]?.score !== score;
    if (lastOfItsScore && sum > best.sum) best = { sum, threshold: score, windowsFound: earned.size, falsePositives };
  }
  const perfect = windows * weights.truePositive;
  const { threshold, windowsFound } = best;
  const normalised = (100 * (best.sum - nothing)) / (perfect - nothing);
  return { normalised, threshold, windows, windowsFound, falsePositives: best.falsePositives };
}
