/** Which documents changed since the generation that serves, and what are they now? */

export interface Entry {
  readonly id: string;
  /** Of the change that made it so: its version. */
  readonly sequence: number;
  /** JSON; null of a deleted one. */
  readonly document: Uint8Array | null;
}

/** Bytes that an entry counts for. */
export const bytesOf = ({ id, document }: Entry): number => ENTRY_BYTES + id.length + (document?.length ?? 0);

/** What an entry takes beside its texts, about: measured, of a million in Node 20. */
const ENTRY_BYTES = 250;

/** The latest change of each id. Not bounded by itself: {@link Changes} is. */
export class LivingTable {
  readonly #byId = new Map<string, Entry>();
  /** By sequence, with those that were followed by another of the same id. */
  #order: Entry[] = [];
  #bytes = 0;

  get size(): { readonly documents: number; readonly bytes: number } {
    return { documents: this.#byId.size, bytes: this.#bytes };
  }

  get(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  /** The entry's sequence must be above all that came before. */
  set(entry: Entry): void {
    const earlier = this.#byId.get(entry.id);
    if (earlier !== undefined) this.#bytes -= bytesOf(earlier);
    this.#byId.set(entry.id, entry);
    this.#bytes += bytesOf(entry);
    this.#order.push(entry);
    // At least half of it lives, so a change costs no more than a few steps, taken over all.
    if (this.#order.length > 2 * this.#byId.size + 16) this.#order = this.#order.filter((one) => this.#lives(one));
  }

  /** Those behind a sequence, in order. */
  since(sequence: number): Entry[] {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#order[middle]!.sequence <= sequence) low = middle + 1;
      else high = middle;
    }
    return this.#order.slice(low).filter((one) => this.#lives(one));
  }

  /** Forgets those up to a sequence. */
  drop(upTo: number): void {
    const kept = this.since(upTo);
    for (const entry of this.#order) {
      if (entry.sequence > upTo) break;
      if (!this.#lives(entry)) continue;
      this.#byId.delete(entry.id);
      this.#bytes -= bytesOf(entry);
    }
    this.#order = kept;
  }

  #lives(entry: Entry): boolean {
    return this.#byId.get(entry.id) === entry;
  }
}
