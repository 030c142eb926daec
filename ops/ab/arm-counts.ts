/** What an arm did in a day: how often, how long, how it went wrong, and what was clicked. */
import { COUNTS, highestAt, indexOf } from '../metrics/layout.ts';
import { isBad } from '../sample.ts';
import type { SearchLine } from './line.ts';
import type { ArmRecord } from './totals.ts';

/** Of latencies, 16 neighbours of HdrHistogram's layout are one: 1.6 % wide, in 8 KiB. */
const MERGED_BITS = 4;
const BUCKETS = COUNTS >>> MERGED_BITS;

export const BAD_KINDS = ['error', 'slow', 'very_slow', 'empty', 'degraded'] as const;
export type BadKind = (typeof BAD_KINDS)[number];

export interface Slowness {
  readonly slowMs: number;
  readonly verySlowMs: number;
}

export class ArmCounts {
  /** All that were answered, or should have been. */
  requests = 0;
  /** Of those, the ones that say something of the arm's speed and failures. */
  comparable = 0;
  readonly bad: Record<BadKind, number> = { error: 0, slow: 0, very_slow: 0, empty: 0, degraded: 0 };
  /** Answers that clicks were waited for, until it was over. */
  impressions = 0;
  /** Of those, with a click at least. */
  clicked = 0;
  clicks = 0;
  /** Of comparable answers. */
  readonly latencies = new Float64Array(BUCKETS);

  /** @param comparable whether it says something of the arm */
  add(
    line: Pick<SearchLine, 'outcome' | 'latencyMs' | 'results' | 'degraded'>,
    comparable: boolean,
    slow: Slowness,
  ): void {
    this.requests += 1;
    if (!comparable) return;
    this.comparable += 1;
    const { outcome, latencyMs, results, degraded } = line;
    if (isBad(outcome)) this.bad.error += 1;
    if (latencyMs > slow.slowMs) this.bad.slow += 1;
    if (latencyMs > slow.verySlowMs) this.bad.very_slow += 1;
    if (outcome !== 'answered') return;
    if (results === 0) this.bad.empty += 1;
    if (degraded.length > 0) this.bad.degraded += 1;
    this.latencies[indexOf(Math.max(0, latencyMs) * 1e6) >>> MERGED_BITS]! += 1;
  }

  settle(clicks: number): void {
    this.impressions += 1;
    this.clicks += clicks;
    if (clicks > 0) this.clicked += 1;
  }

  merge(other: ArmCounts): void {
    this.requests += other.requests;
    this.comparable += other.comparable;
    for (const kind of BAD_KINDS) this.bad[kind] += other.bad[kind];
    this.impressions += other.impressions;
    this.clicked += other.clicked;
    this.clicks += other.clicks;
    for (let at = 0; at < BUCKETS; at++) this.latencies[at]! += other.latencies[at]!;
  }

  get record(): ArmRecord {
    const { requests, comparable, impressions, clicked, clicks } = this;
    const latencies: number[] = [];
    for (const [at, count] of this.latencies.entries()) if (count > 0) latencies.push(at, count);
    return { requests, comparable, bad: { ...this.bad }, impressions, clicked, clicks, latencies };
  }

  static of({ latencies, bad, ...numbers }: ArmRecord): ArmCounts {
    const counts = new ArmCounts();
    Object.assign(counts, numbers);
    Object.assign(counts.bad, bad);
    for (let at = 0; at + 1 < latencies.length; at += 2)
      if (latencies[at]! < BUCKETS) counts.latencies[latencies[at]!] = latencies[at + 1]!;
    return counts;
  }

  get answered(): number {
    return this.latencies.reduce((sum, count) => sum + count, 0);
  }

  /** The latency of that rank, milliseconds: the end of its bucket. @param rank from 1 */
  latencyMsAt(rank: number): number {
    let seen = 0;
    let at = 0;
    while (at < BUCKETS - 1 && seen + this.latencies[at]! < rank) seen += this.latencies[at++]!;
    return highestAt(((at + 1) << MERGED_BITS) - 1) / 1e6;
  }
}
