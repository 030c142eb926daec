/** The one door to hdr-histogram-js: latencies in microseconds, three significant digits, up to an hour. */
import { build, type Histogram } from 'hdr-histogram-js';

const HIGHEST_US = 3_600_000_000;

export interface Percentiles {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly meanMs: number;
  readonly maxMs: number;
}

export class LatencyHistogram {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });

  get count(): number {
    return this.#histogram.totalCount;
  }

  recordUs(us: number): void {
    this.#histogram.recordValue(Math.min(Math.max(1, Math.round(us)), HIGHEST_US));
  }

  /** Milliseconds; zeros while nothing was recorded. */
  percentiles(): Percentiles {
    const at = (percentile: number): number =>
      // A percentile is the end of its bucket, which may lie beyond the largest value.
      this.count === 0
        ? 0
        : Math.min(this.#histogram.getValueAtPercentile(percentile), this.#histogram.maxValue) / 1000;
    return {
      p50Ms: at(50),
      p95Ms: at(95),
      p99Ms: at(99),
      p999Ms: at(99.9),
      meanMs: this.count === 0 ? 0 : Math.round(this.#histogram.mean) / 1000,
      maxMs: this.count === 0 ? 0 : this.#histogram.maxValue / 1000,
    };
  }
}
