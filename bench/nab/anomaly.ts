/**
 * How strange is each value of a series, judged only by those before it? The histories of `ops/detect` at three time scales, and
 * what makes of their deviations a score for this benchmark.
 *
 * A value's score is the largest of its deviations, each over the record of its own history: 1 is as far as the series has ever
 * strayed. After a high score lower ones are not repeated for a while, since one event is one detection.
 */
import { deviation, type History, type HistorySettings, learn, NO_HISTORY } from '../../ops/detect/index.ts';

/** Jumps from one value to the next; values far from the last hundred; means of twenty far from a long past. */
const SCALES: readonly HistorySettings[] = [
  { smoothingValues: 1, centreValues: 3, spreadValues: 500, clip: 3 },
  { smoothingValues: 1, centreValues: 100, spreadValues: 2000, clip: 3 },
  { smoothingValues: 20, centreValues: 500, spreadValues: 1000, clip: 3 },
];
/** Deviations up to so many spreads are noise, even where none larger is on record. */
const RECORD_MIN = 3;
/** Share of a record that fades with each value. */
const RECORD_FADE = 5e-5;
/** Share of the learning time over which a high score fades. */
const REST_SHARE = 0.4;

interface Scale {
  readonly settings: HistorySettings;
  history: History;
  record: number;
}

/** @param learning values at the start that are only learnt from; their scores are 0 */
export function strangeness(values: Iterable<number>, learning: number): number[] {
  const scales: Scale[] = SCALES.map((settings) => ({ settings, history: NO_HISTORY, record: 0 }));
  const restKept = 1 - 1 / Math.max(1, REST_SHARE * learning);
  const scores: number[] = [];
  let highest = 0;
  for (const value of values) {
    const surprise = Math.max(...scales.map((scale) => surpriseAt(scale, value)));
    const told = scores.length >= learning && surprise > highest;
    scores.push(told ? surprise : 0);
    highest = (told ? surprise : highest) * restKept;
  }
  return scores;
}

function surpriseAt(scale: Scale, value: number): number {
  const away = Math.abs(deviation(scale.history, value, scale.settings));
  const surprise = away / Math.max(RECORD_MIN, scale.record);
  scale.record = Math.max(scale.record * (1 - RECORD_FADE), away);
  scale.history = learn(scale.history, value, scale.settings);
  return surprise;
}
