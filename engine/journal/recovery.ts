/**
 * What does the journal hold after whatever ended the process before?
 *
 * Nothing is written. What a crash tore off at the end is left where it is, since the next segment says where this one ends; and
 * of what was damaged everything whole before and behind it counts, because each record stands for itself. Done again, it finds
 * the same.
 */
import type { Disk } from '../store/disk/index.ts';
import { type Link, pathOf, readChain } from './chain.ts';
import type { JournalDamage } from './damage.ts';
import { RECORD_BYTES_MIN } from './format.ts';
import { type Piece, type Span, scanSegment } from './scan.ts';

/** Up to where a generation holds the changes of a journal; its manifest says so. */
export interface Coverage {
  /** Of another history it covers nothing here. */
  readonly history: string;
  readonly sequence: number;
}

/** A segment that is on the disk. */
export interface Segment {
  readonly number: number;
  readonly firstSequence: number;
  /** Where its last whole frame ends. */
  readonly end: number;
  readonly damaged: boolean;
}

/** Where a writer goes on. Plain values, so that it can be sent to a thread. */
export interface Position {
  /** Oldest first. */
  readonly segments: readonly Segment[];
  /** Of the next segment. */
  readonly number: number;
  /** Of the next record. */
  readonly sequence: number;
  /** Null where no segment is left to tell. */
  readonly history: string | null;
}

export interface Recovery {
  readonly position: Position;
  readonly records: number;
  readonly damage: readonly JournalDamage[];
  /** What a crash left of a frame that was never acknowledged; null after a stop in order. */
  readonly torn: (Span & { readonly file: string }) | null;
}

/**
 * Records come in the order of their sequences; each is a view of a whole segment. One that is `covered` is in the generation
 * that serves.
 */
export type TakeRecord = (record: Uint8Array, place: { readonly sequence: number; readonly covered: boolean }) => void;

/** @throws EngineError index_foreign; disk errors */
export async function recover(
  disk: Disk,
  folder: string,
  covered: Coverage | null,
  take: TakeRecord,
): Promise<Recovery> {
  const coveredBy = (history: string): number => (covered?.history === history ? covered.sequence : 0);
  const { links, nextNumber } = await readChain(disk, folder, coveredBy);
  const history = links.findLast(({ header }) => header !== null)?.header?.history ?? null;
  const reading = new Reading(disk, folder, history === null ? 0 : coveredBy(history), take);
  for (const link of links) reading.segment(link);
  const { segments, records, torn } = reading;
  const damage = reading.finish();
  // A sequence that may have been told to somebody never comes again, so what cannot be read is counted as full of records.
  const fallow = Math.ceil(reading.unreadBytes / RECORD_BYTES_MIN);
  const sequence = Math.max(reading.next + fallow, links.length === 0 ? (covered?.sequence ?? 0) + 1 : 1);
  return { position: { segments, number: nextNumber, sequence, history }, records, damage, torn };
}

class Reading {
  readonly segments: Segment[] = [];
  records = 0;
  torn: Recovery['torn'] = null;
  /** Sequence that the next record has where nothing is missing. */
  next = 1;
  /** Behind the last whole frame. */
  unreadBytes = 0;
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #coveredSequence: number;
  readonly #take: TakeRecord;
  readonly #damage: JournalDamage[] = [];
  /** Found since the last whole frame: which changes are lost shows only at the next one. */
  #open: Omit<JournalDamage, 'lost'>[] = [];

  constructor(disk: Disk, folder: string, coveredSequence: number, take: TakeRecord) {
    this.#disk = disk;
    this.#folder = folder;
    this.#coveredSequence = coveredSequence;
    this.#take = take;
  }

  segment({ number, header, missing, end }: Link): void {
    const file = pathOf(this.#folder, number);
    if (header === null) {
      this.#open.push({ file, offset: 0, bytes: null });
      if (missing) return;
      const bytes = this.#disk.look(file)?.bytes ?? 0;
      this.unreadBytes += bytes;
      this.segments.push({ number, firstSequence: this.next, end: end ?? bytes, damaged: true });
      return;
    }
    this.#arrive(header.firstSequence);
    const read = this.#disk.read(file);
    const bytes = Buffer.from(read.buffer, read.byteOffset, read.length);
    const before = this.#damage.length + this.#open.length;
    let last = Math.min(bytes.length, end ?? bytes.length);
    for (const piece of scanSegment(bytes, header, end)) {
      this.#piece(piece, file);
      if (piece.kind === 'torn') last = piece.span.offset;
    }
    const damaged = this.#damage.length + this.#open.length > before;
    this.segments.push({ number, firstSequence: header.firstSequence, end: end ?? last, damaged });
    // What a killed process wrote may not be on the disk yet, and from now on it is served.
    if (end === null) this.#disk.syncFile(file);
  }

  /** To be called once, at the end. */
  finish(): readonly JournalDamage[] {
    this.#close(null);
    return this.#damage;
  }

  #piece(piece: Piece, file: string): void {
    if (piece.kind === 'frame') {
      const { firstSequence, records } = piece.frame;
      this.#arrive(firstSequence);
      for (const [at, record] of records.entries()) {
        const sequence = firstSequence + at;
        this.#take(record, { sequence, covered: sequence <= this.#coveredSequence });
      }
      this.next = firstSequence + records.length;
      this.records += records.length;
    } else if (piece.kind === 'headerDamage') this.#damage.push({ file, ...piece.span, lost: null });
    else {
      this.unreadBytes += piece.span.bytes;
      if (piece.kind === 'torn') this.torn = { file, ...piece.span };
      else this.#open.push({ file, ...piece.span });
    }
  }

  /** From here on sequences are known again. */
  #arrive(sequence: number): void {
    this.#close(sequence);
    this.next = sequence;
    this.unreadBytes = 0;
  }

  /** @param next the first sequence behind what is damaged; null where nothing is */
  #close(next: number | null): void {
    const from = Math.max(this.next, this.#coveredSequence + 1);
    const lost = next !== null && next <= from ? null : { from, to: next === null ? null : next - 1 };
    for (const open of this.#open) this.#damage.push({ ...open, lost });
    this.#open = [];
  }
}
