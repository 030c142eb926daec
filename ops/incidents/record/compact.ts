/** What is kept of incidents that are long over, when the record has grown too large? */
import { type Incident, isOpen } from '../incident.ts';
import { AUTOMATIC, type IncidentBody, type IncidentEvent } from './event.ts';
import { encodeLine } from './line.ts';

export interface Keeping {
  /** Of the file as it is. */
  readonly bytes: number;
  readonly bytesMax: number;
  readonly retentionMs: number;
}

/** So full may the file be afterwards, of what it may take: else every line would be followed by a compaction. */
const FILL = 0.75;

/**
 * Those that were resolved before the retention become summaries; if that is not enough, others that are resolved, first those whose
 * post-mortem nobody is writing and then the oldest; if that is not, they go in the same order. What is open stays whole.
 */
export function compacted(
  events: ReadonlyMap<string, IncidentEvent[]>,
  incidents: ReadonlyMap<string, Incident>,
  nowMs: number,
  { bytes: before, bytesMax, retentionMs }: Keeping,
): { readonly kept: Map<string, IncidentEvent[]>; readonly bytes: number } {
  const kept = new Map(events);
  let bytes = before;
  const over = [...incidents.values()]
    .filter((incident) => !isOpen(incident) && kept.has(incident.id))
    .sort((one, other) => unsettled(one) - unsettled(other) || one.resolved!.timeMs - other.resolved!.timeMs);
  const put = (id: string, its: IncidentEvent[] | null): void => {
    bytes += (its === null ? 0 : sizeOf(its)) - sizeOf(kept.get(id)!);
    if (its === null) kept.delete(id);
    else kept.set(id, its);
  };
  for (const incident of over) {
    const old = incident.resolved!.timeMs < nowMs - retentionMs;
    if (!incident.summarised && (old || bytes > bytesMax * FILL))
      put(incident.id, [summaryOf(incident, events.get(incident.id)!)]);
  }
  for (const incident of over) {
    if (bytes <= bytesMax * FILL) break;
    put(incident.id, null);
  }
  return { kept, bytes };
}

const unsettled = ({ postmortem: { status } }: Incident): number => (status === null || status === 'closed' ? 0 : 1);

/** In the place of the last event. */
function summaryOf(incident: Incident, events: readonly IncidentEvent[]): IncidentEvent {
  const { type, scope, severityWorst, source, summary, openedMs, flaps, mergedInto, postmortem } = incident;
  const { seq, timeMs } = events.at(-1)!;
  const { by: resolvedBy, timeMs: resolvedMs, notes } = incident.resolved!;
  const event: IncidentBody = {
    kind: 'summary',
    severity: severityWorst,
    source,
    summary,
    openedMs,
    acknowledgedMs: incident.firstAcknowledged?.timeMs ?? null,
    mitigatedMs: incident.mitigated?.timeMs ?? null,
    resolvedMs,
    resolvedBy,
    notes,
    flaps,
    mergedInto,
    status: postmortem.status,
  };
  return { seq, timeMs, incident: incident.id, type, scope, by: AUTOMATIC, event };
}

const sizeOf = (events: readonly IncidentEvent[]): number =>
  events.reduce((sum, event) => sum + encodeLine(event).length, 0);
