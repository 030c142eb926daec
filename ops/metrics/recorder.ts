/** Every request leaves exactly one sample, whatever its end. */
import { LatencyHistogram, type Percentiles } from './histogram.ts';

export type Outcome = 'ok' | 'client_error' | 'server_error';

/** What a request leaves behind. */
export interface Sample {
  /** Route path, never a raw URL: the set of endpoints is bounded. */
  readonly endpoint: string;
  readonly status: number;
  readonly durationUs: number;
}

export interface EndpointMetrics extends Percentiles {
  readonly requests: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
}

interface Entry {
  readonly histogram: LatencyHistogram;
  readonly outcomes: Record<Outcome, number>;
}

const outcomeOf = (status: number): Outcome => (status >= 500 ? 'server_error' : status >= 400 ? 'client_error' : 'ok');

export class Recorder {
  readonly #endpoints = new Map<string, Entry>();

  record({ endpoint, status, durationUs }: Sample): void {
    let entry = this.#endpoints.get(endpoint);
    if (entry === undefined) {
      entry = { histogram: new LatencyHistogram(), outcomes: { ok: 0, client_error: 0, server_error: 0 } };
      this.#endpoints.set(endpoint, entry);
    }
    entry.histogram.recordUs(durationUs);
    entry.outcomes[outcomeOf(status)] += 1;
  }

  /** Plain numbers, by endpoint. */
  snapshot(): Record<string, EndpointMetrics> {
    return Object.fromEntries(
      [...this.#endpoints].map(([endpoint, { histogram, outcomes }]) => [
        endpoint,
        { requests: histogram.count, outcomes: { ...outcomes }, ...histogram.percentiles() },
      ]),
    );
  }
}
