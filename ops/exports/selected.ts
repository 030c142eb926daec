/** Which intervals, and which of their series, does a selection let through? */
import type { IntervalSource } from '../metrics/interval.ts';
import { type Series, seriesOf } from '../metrics/series.ts';
import type { SparseCounts } from '../metrics/sparse.ts';
import type { Selection, SeriesFilter } from './selection.ts';
import { inSlices } from './slices.ts';

export interface SelectedSeries {
  readonly tag: string;
  readonly series: Series;
  readonly counts: SparseCounts;
}

export interface SelectedInterval {
  readonly startMs: number;
  readonly lengthMs: number;
  readonly series: readonly SelectedSeries[];
}

/** Oldest first, one at a time; an interval in which no series was selected comes with none. */
export function* selectedIntervals(source: IntervalSource, selection: Selection): Generator<SelectedInterval> {
  const select = seriesSelector(selection.only);
  for (const { startMs, lengthMs, series } of inSlices(source, selection)) {
    const selected: SelectedSeries[] = [];
    for (const [tag, counts] of series) {
      const known = select(tag);
      if (known !== null) selected.push({ tag, series: known, counts });
    }
    yield { startMs, lengthMs, series: selected };
  }
}

/** Answers from memory for tags that it has seen: there are few, and each comes with every interval. */
function seriesSelector(only: SeriesFilter): (tag: string) => Series | null {
  const known = new Map<string, Series | null>();
  const decide = (tag: string): Series | null => {
    const series = seriesOf(tag);
    if (series === null) return null;
    for (const [field, values] of only) if (!values.has(series[field])) return null;
    return series;
  };
  return (tag) => {
    let series = known.get(tag);
    if (series === undefined) {
      series = decide(tag);
      known.set(tag, series);
    }
    return series;
  };
}
