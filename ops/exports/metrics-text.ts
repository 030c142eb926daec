/** Everything that /metrics says, from what was counted and from the snapshot of the last step. */
import type { SeriesTotals } from '../metrics/totals.ts';
import type { Snapshot } from '../snapshot.ts';
import { exposition, type Family, type MetricsFormat } from './exposition.ts';
import { judgeFamilies } from './judge-families.ts';
import { processFamilies } from './process-families.ts';
import { eventFamilies, requestFamilies } from './request-families.ts';
import { singleFamily } from './single-family.ts';

export interface MetricsState {
  /** When the counting began, milliseconds since the epoch. */
  readonly startedMs: number;
  /** One of each series; how many there may be is bounded where they are recorded. */
  readonly totals: readonly SeriesTotals[];
  /** Events since the start by name, such as `degraded;rerank_failed` or `lost;api_errors`. */
  readonly events: ReadonlyMap<string, number>;
  /** Null until the first step is done; what it would show is absent until then. */
  readonly snapshot: Snapshot | null;
  /** Of what the host knows of itself. */
  readonly gauges?: readonly Gauge[];
  /** Of what the host does besides. */
  readonly families?: readonly Family[];
}

/** A number of this moment; its name ends in its unit where it has one. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly value: number;
}

export function metricsText(state: MetricsState, format: MetricsFormat): string {
  const { startedMs, totals, events, snapshot, gauges = [], families: others = [] } = state;
  const families = [
    ...requestFamilies(totals, snapshot?.objectives.flatMap(({ endpoints }) => endpoints) ?? []),
    ...eventFamilies(events, snapshot?.lost ?? {}),
    ...(snapshot === null ? [] : [...judgeFamilies(snapshot), ...processFamilies(snapshot, startedMs)]),
    ...others,
    ...gauges.map(({ name, help, value }) => singleFamily('gauge', name, help, value)),
  ];
  return exposition(families, format, startedMs);
}
