/** What does a record hold that no process keeps, or that somebody else's does? For the command line beside a dead server. */
import { type Incident, isOpen } from '../incident.ts';
import type { IncidentEvent } from './event.ts';
import { fold } from './fold.ts';
import { type LineFault, readLines } from './read-lines.ts';

export interface ReadRecord {
  /** Newest first. */
  readonly incidents: readonly Incident[];
  readonly active: readonly Incident[];
  readonly events: ReadonlyMap<string, readonly IncidentEvent[]>;
  readonly faults: readonly LineFault[];
}

/** @param bytes of `incidents.jsonl` */
export function readRecord(bytes: Uint8Array): ReadRecord {
  const { events: all, faults } = readLines(Buffer.from(bytes));
  const events = new Map<string, IncidentEvent[]>();
  const folded = new Map<string, Incident>();
  for (const event of all) {
    const { incident: id } = event;
    events.set(id, [...(events.get(id) ?? []), event]);
    folded.set(id, fold(folded.get(id) ?? null, event));
  }
  const incidents = [...folded.values()].sort((one, other) => (one.id < other.id ? 1 : -1));
  return { incidents, active: incidents.filter(isOpen), events, faults };
}
