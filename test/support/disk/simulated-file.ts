/**
 * A file that may lose what was not synced: which bytes can it have after a crash?
 *
 * Writes since the last sync may each be there, not be there, or be torn: a device writes sectors of 512 bytes, a page cache
 * pages of 4,096, in any order, and the length may be on the disk before the bytes are (then they read as zeros).
 */
const SECTOR_BYTES = 512;
const PAGE_BYTES = 4096;
/** So many writes are combined in every way; of more, those that reach a point, and those with one missing. */
const COMBINED_MAX = 4;

/** Bytes that were written from `at` on; of a truncation there is only where it ended the file. */
type Change = { readonly at: number; readonly bytes: Uint8Array } | { readonly length: number };

const empty = new Uint8Array(0);

function apply(content: Uint8Array, change: Change): Uint8Array {
  if ('length' in change) return content.slice(0, change.length);
  const next = new Uint8Array(Math.max(content.length, change.at + change.bytes.length));
  next.set(content);
  next.set(change.bytes, change.at);
  return next;
}

export class SimulatedFile {
  #durable: Uint8Array;
  #content: Uint8Array;
  #unsynced: Change[] = [];

  /** @param durable what is on the disk for certain */
  constructor(durable: Uint8Array = empty) {
    this.#durable = durable;
    this.#content = durable;
  }

  /** What a reader sees as long as there is no crash. */
  get content(): Uint8Array {
    return this.#content;
  }

  append(bytes: Uint8Array): void {
    // A Buffer's slice would be a view of it.
    this.#change({ at: this.#content.length, bytes: Uint8Array.from(bytes) });
  }

  truncate(length: number): void {
    if (length !== this.#content.length) this.#change({ length });
  }

  sync(): void {
    this.#durable = this.#content;
    this.#unsynced = [];
  }

  #change(change: Change): void {
    this.#unsynced.push(change);
    this.#content = apply(this.#content, change);
  }

  /** Every content that a crash now may leave, each once. */
  afterCrash(): Uint8Array[] {
    const contents = new Map<string, Uint8Array>();
    for (const chosen of choices(this.#unsynced)) {
      const content = chosen.reduce(apply, this.#durable);
      contents.set(Buffer.from(content).toString('base64'), content);
    }
    return [...contents.values()];
  }
}

/** Which of the changes reached the disk, and how. */
function* choices(changes: readonly Change[]): Generator<Change[]> {
  if (changes.length <= COMBINED_MAX) {
    yield* combined(changes);
    return;
  }
  for (let upTo = 0; upTo < changes.length; upTo++) {
    const before = changes.slice(0, upTo);
    for (const last of outcomes(changes[upTo]!)) {
      yield [...before, ...last];
      yield [...before, ...last, ...changes.slice(upTo + 1)];
    }
  }
}

function* combined(changes: readonly Change[]): Generator<Change[]> {
  const [first, ...rest] = changes;
  if (first === undefined) yield [];
  else for (const one of outcomes(first)) for (const others of combined(rest)) yield [...one, ...others];
}

/** What one change may have become: nothing, all of it, or a torn write. */
function outcomes(change: Change): Change[][] {
  if ('length' in change) return [[], [change]];
  const { at, bytes } = change;
  const zeroed = (from: number, to: number): Change => ({ at, bytes: bytes.slice().fill(0, from, to) });
  // Sectors are counted from the start of the file, not of the write.
  const sector = SECTOR_BYTES - (at % SECTOR_BYTES);
  const page = PAGE_BYTES - (at % PAGE_BYTES);
  const lastSector = Math.max(0, Math.floor((at + bytes.length - 1) / SECTOR_BYTES) * SECTOR_BYTES - at);
  const cuts = [sector, page, lastSector].filter((cut) => cut > 0 && cut < bytes.length);
  return [
    [],
    [change],
    [zeroed(0, bytes.length)],
    ...cuts.map((cut): Change[] => [{ at, bytes: bytes.subarray(0, cut) }]),
    ...cuts.map((cut): Change[] => [zeroed(cut, bytes.length)]),
    ...cuts.slice(0, 1).map((cut): Change[] => [zeroed(0, cut)]),
  ];
}
