/**
 * Who holds the incidents? Everything that happens to one goes through here: decided at once, told to others when the disk has it.
 *
 * Two states a time: what was decided, on which the next decision stands, and what counts, which is shown. They differ for as long
 * as a sync takes. A disk that refuses takes nobody's incident away: then what was decided counts in memory, is written when the
 * disk takes it, and whoever asked is told that it is not durable.
 */
import type { Fault, Ledger, Opening } from './course/ledger.ts';
import { fingerprintOf, type Incident, isOpen } from './incident.ts';
import { AUTOMATIC, type IncidentBody, type IncidentEvent } from './record/event.ts';
import { fold, foldAll } from './record/fold.ts';
import type { IncidentStore } from './record/store.ts';
import { Ulids } from './record/ulid.ts';
import { type Change, SUSPECT_SPAN_MS, suspectsOf } from './suspects.ts';

/** What became of an act. */
export interface Told {
  readonly incident: Incident;
  /** False where the disk refused it: it counts, and is lost if the process dies before the disk takes it. */
  readonly durable: boolean;
}

export interface Heard extends Told {
  readonly event: IncidentEvent;
  /** As it was before; null of one that is new. */
  readonly before: Incident | null;
}

export interface BookPorts {
  readonly store: IncidentStore;
  /** Milliseconds since the epoch. */
  readonly wallMs: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** What was changed since then, in any order. */
  readonly changes: (sinceMs: number) => readonly Change[];
  readonly onFault: (error: unknown) => void;
}

export class IncidentBook implements Ledger {
  readonly #ports: BookPorts;
  readonly #ulids: Ulids;
  readonly #decided: Map<string, Incident>;
  readonly #counted: Map<string, Incident>;
  /** Of those that are open by either: few, among many that are long over. */
  readonly #open: Set<string>;
  readonly #listeners = new Set<(heard: Heard) => void>();
  /** Of the last event of each incident that is on its way. */
  readonly #underWay = new Map<string, Promise<Told>>();

  constructor(ports: BookPorts) {
    this.#ports = ports;
    this.#ulids = new Ulids(ports.random);
    this.#decided = ports.store.incidents();
    this.#counted = new Map(this.#decided);
    this.#open = new Set([...this.#decided.values()].filter(isOpen).map(({ id }) => id));
    const last = [...this.#decided.keys()].at(-1);
    if (last !== undefined) this.#ulids.follow(last);
  }

  all(): Iterable<Incident> {
    return this.#decided.values();
  }

  open(): readonly Incident[] {
    return this.#openIn(this.#decided);
  }

  get(id: string): Incident | undefined {
    return this.#decided.get(id);
  }

  /** What counts, oldest first. */
  counted(): readonly Incident[] {
    return [...this.#counted.values()];
  }

  /** Of what counts, those that are open, oldest first. */
  countedOpen(): readonly Incident[] {
    return this.#openIn(this.#counted);
  }

  countedOf(id: string): Incident | undefined {
    return this.#counted.get(id);
  }

  /** Calls when something counts, in the order in which it was decided. @returns what ends that */
  subscribe(listener: (heard: Heard) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** When all that was decided of this incident counts. */
  async settled(id: string): Promise<Told> {
    return this.#underWay.get(id) ?? { incident: this.#decided.get(id)!, durable: true };
  }

  begin({ type, scope, ...opening }: Opening, by = AUTOMATIC): Incident {
    const timeMs = this.#ports.wallMs();
    const id = this.#ulids.next(timeMs);
    const related = this.open().map((incident) => incident.id);
    const suspects = this.#suspects({ type, scope }, timeMs);
    return this.#append(
      null,
      { type, scope },
      { kind: 'opened', ...opening, components: [...opening.components], suspects, related },
      {
        id,
        by,
        timeMs,
      },
    );
  }

  record(id: string, body: IncidentBody, by = AUTOMATIC): Incident {
    const before = this.#decided.get(id)!;
    return this.#append(before, before, body, { id, by, timeMs: this.#ports.wallMs() });
  }

  retype(id: string, to: Fault, why: string): Incident {
    const before = this.#decided.get(id)!;
    const suspects = this.#suspects(to, before.openedMs);
    const body = { kind: 'retyped', from: before.type, why, suspects } as const;
    return this.#append(before, to, body, { id, by: AUTOMATIC, timeMs: this.#ports.wallMs() });
  }

  /** The one that is open for this fault, or was resolved since then and may be opened again. */
  sameFault(fault: Fault, resolvedSinceMs: number): Incident | undefined {
    const same = [...this.#decided.values()].filter((one) => fingerprintOf(one) === fingerprintOf(fault));
    const again = ({ resolved, mergedInto, postmortem }: Incident): boolean =>
      resolved !== null && resolved.timeMs >= resolvedSinceMs && mergedInto === null && postmortem.status !== 'closed';
    return same.find(isOpen) ?? same.findLast(again);
  }

  /** Makes the record smaller where it has grown too large; of what is long over only a summary is left, or nothing. */
  compact(): void {
    for (const id of this.#ports.store.compact(this.#decided, this.#ports.wallMs())) {
      const left = foldAll(this.#ports.store.events(id));
      for (const incidents of [this.#decided, this.#counted]) {
        if (left === null) incidents.delete(id);
        else incidents.set(id, left);
      }
    }
  }

  #append(
    before: Incident | null,
    { type, scope }: Fault,
    event: IncidentBody,
    { id, by, timeMs }: { readonly id: string; readonly by: string; readonly timeMs: number },
  ): Incident {
    const appended = this.#ports.store.append({ timeMs, incident: id, type, scope, by, event });
    const incident = fold(before, appended.event);
    this.#decided.set(id, incident);
    if (isOpen(incident)) this.#open.add(id);
    const told = appended.durable.then((durable): Told => {
      // Unless only a summary is left of it meanwhile, or nothing.
      const now = this.#decided.get(id);
      if (now !== undefined && (incident.summarised || !now.summarised)) this.#counted.set(id, incident);
      if (now === undefined || (!isOpen(now) && !isOpen(incident))) this.#open.delete(id);
      if (this.#underWay.get(id) === told) this.#underWay.delete(id);
      this.#tell({ event: appended.event, incident, before, durable });
      return { incident, durable };
    });
    this.#underWay.set(id, told);
    return incident;
  }

  #tell(heard: Heard): void {
    for (const listener of this.#listeners) {
      try {
        listener(heard);
      } catch (error) {
        this.#ports.onFault(error);
      }
    }
  }

  #openIn(incidents: ReadonlyMap<string, Incident>): Incident[] {
    const open: Incident[] = [];
    for (const id of this.#open) {
      const incident = incidents.get(id);
      if (incident !== undefined && isOpen(incident)) open.push(incident);
    }
    return open.sort((one, other) => (one.id < other.id ? -1 : 1));
  }

  #suspects({ type }: Fault, openedMs: number): ReturnType<typeof suspectsOf> {
    return suspectsOf(type, openedMs, this.#ports.changes(openedMs - SUSPECT_SPAN_MS));
  }
}
