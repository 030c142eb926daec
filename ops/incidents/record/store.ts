/**
 * The record of incidents: `incidents.jsonl`, one checksummed event a line, each synced before it counts.
 *
 * Opening never fails over what is in the file: a torn tail is left out, a damaged line is skipped and told, and all others stand.
 * Of lines that were on their way together when a crash came, and that nobody had been told of, some may be there without others.
 * What grows too large is written anew with summaries in the place of what is long over; what is open stays whole.
 */
import { dirname } from 'node:path';
import { DurableLines, ensureRecordFolder, type RecordDisk } from '../../durable/index.ts';
import type { Incident } from '../incident.ts';
import { compacted } from './compact.ts';
import type { IncidentEvent } from './event.ts';
import { fold } from './fold.ts';
import { encodeLine } from './line.ts';
import { type LineFault, readLines } from './read-lines.ts';

export interface RecordSettings {
  readonly path: string;
  /** The file is compacted when it is larger. */
  readonly bytesMax: number;
  /** Incidents that were resolved longer ago than that are reduced to a summary, milliseconds. */
  readonly retentionMs: number;
}

export interface RecordFaults {
  /** Damaged lines, and those that this version does not know; at most a hundred are told. */
  readonly lines: readonly LineFault[];
  readonly linesInAll: number;
  /** Bytes of a line that was never acknowledged. */
  readonly tornBytes: number;
  /** Why the file could not be read at all; null where it could. */
  readonly unreadable: string | null;
}

export class IncidentStore {
  readonly faults: RecordFaults;
  readonly #lines: DurableLines;
  readonly #settings: RecordSettings;
  readonly #events: Map<string, IncidentEvent[]>;
  #seq: number;
  /** At which the next compaction is due: what cannot be made smaller is not tried again with each line. */
  #compactBytes: number;

  private constructor(
    lines: DurableLines,
    settings: RecordSettings,
    events: readonly IncidentEvent[],
    faults: RecordFaults,
  ) {
    this.#lines = lines;
    this.#settings = settings;
    this.faults = faults;
    this.#events = new Map();
    for (const event of events) this.#file(event);
    this.#seq = events.at(-1)?.seq ?? 0;
    this.#compactBytes = settings.bytesMax;
  }

  /** Never rejects: a file that cannot be read is moved aside and told of. */
  static async open(disk: RecordDisk, settings: RecordSettings): Promise<IncidentStore> {
    const { path } = settings;
    try {
      await ensureRecordFolder(disk, dirname(path));
      const found = await disk.look(path);
      const bytes = Buffer.from(found === null ? new Uint8Array(0) : await disk.read(path));
      const { events, faults, faultsInAll, soundBytes } = readLines(bytes);
      const lines = new DurableLines(disk, path, found === null ? null : bytes.length, soundBytes);
      await lines.flush();
      const tornBytes = bytes.length - soundBytes;
      const told = { lines: faults, linesInAll: faultsInAll, tornBytes, unreadable: null };
      return new IncidentStore(lines, settings, events, told);
    } catch (error) {
      const aside = `${path}.unreadable`;
      const moved = await Promise.resolve(disk.rename(path, aside)).then(
        () => `moved to ${aside}`,
        () => 'not moved',
      );
      const unreadable = `${(error as Error).message}; ${moved}`;
      const told = { lines: [], linesInAll: 0, tornBytes: 0, unreadable };
      return new IncidentStore(new DurableLines(disk, path, null, 0, true), settings, [], told);
    }
  }

  /** What the events make together, oldest incident first. */
  incidents(): Map<string, Incident> {
    const folded = new Map<string, Incident>();
    for (const id of [...this.#events.keys()].sort()) {
      let incident: Incident | null = null;
      for (const event of this.#events.get(id)!) incident = fold(incident, event);
      if (incident !== null) folded.set(id, incident);
    }
    return folded;
  }

  /** Of one incident, oldest first. */
  events(id: string): readonly IncidentEvent[] {
    return this.#events.get(id) ?? [];
  }

  get bytes(): number {
    return this.#lines.bytes;
  }

  /** Bytes of events that the disk did not take yet. */
  get waitingBytes(): number {
    return this.#lines.waitingBytes;
  }

  /** @returns the event with its place in the row; `durable` says whether the disk took it, or it waits in memory */
  append(event: Omit<IncidentEvent, 'seq'>): { readonly event: IncidentEvent; readonly durable: Promise<boolean> } {
    this.#seq += 1;
    const numbered = { ...event, seq: this.#seq };
    this.#file(numbered);
    return { event: numbered, durable: this.#lines.append(encodeLine(numbered)) };
  }

  /** Writes the file anew where it has grown too large, behind the caller's back. @returns ids of those of which less is left */
  compact(incidents: ReadonlyMap<string, Incident>, nowMs: number): readonly string[] {
    if (this.#lines.bytes <= this.#compactBytes) return [];
    const { kept, bytes } = compacted(this.#events, incidents, nowMs, {
      ...this.#settings,
      bytes: this.#lines.bytes,
    });
    const changed = [...this.#events].filter(([id, events]) => kept.get(id) !== events).map(([id]) => id);
    this.#events.clear();
    for (const [id, events] of kept) this.#events.set(id, events);
    void this.#lines.replace(() => this.#content());
    this.#compactBytes = Math.max(this.#settings.bytesMax, bytes * 1.25);
    return changed;
  }

  /** Never rejects; resolves when the disk took or refused what waits. */
  flush(): Promise<void> {
    return this.#lines.flush();
  }

  close(): Promise<void> {
    return this.#lines.close();
  }

  #file(event: IncidentEvent): void {
    const events = this.#events.get(event.incident);
    if (events === undefined) this.#events.set(event.incident, [event]);
    else events.push(event);
  }

  #content(): Buffer {
    const all = [...this.#events.values()].flat().sort((one, other) => one.seq - other.seq);
    return Buffer.concat(all.map(encodeLine));
  }
}
