/** Here is a term: where is its record? A hash table with open addressing, over UTF-16 code units. */
import * as format from './format.ts';

/** Thirty-two bits of FNV-1a over code units, finished by a multiply-shift so that the low bits depend on all. */
export function hashTerm(term: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < term.length; i++) hash = Math.imul(hash ^ term.charCodeAt(i), 0x01000193);
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
}

/** Slots for so many terms: a power of two, at most half full. */
export function slotsFor(terms: number): number {
  let slots = 2;
  while (slots < terms * 2) slots *= 2;
  return slots;
}

/** Puts the offset of a record, never 0, into the pairs of hash and offset. */
export function insertTerm(slots: Uint32Array, hash: number, recordAt: number): void {
  const mask = slots.length / 2 - 1;
  let slot = hash & mask;
  while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
  slots[slot * 2] = hash;
  slots[slot * 2 + 1] = recordAt;
}

/** The terms of a loaded image. */
export class Dictionary {
  readonly #slots: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #words: Uint32Array;

  /** `buffer` holds the image from `imageAt` on. */
  constructor(buffer: SharedArrayBuffer, imageAt: number) {
    const header = new DataView(buffer, imageAt, format.HEADER_BYTES);
    const slotsAt = imageAt + header.getUint32(format.HEADER_SLOTS_AT, true);
    this.#slots = new Uint32Array(buffer, slotsAt, header.getUint32(format.HEADER_SLOTS, true) * 2);
    this.#halves = new Uint16Array(buffer, imageAt);
    this.#words = new Uint32Array(buffer, imageAt);
  }

  /** Offset of the term's record in the image, or −1. */
  recordOf(term: string): number {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    const hash = hashTerm(term);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const record = slots[slot * 2 + 1]!;
      if (record === 0) return -1;
      if (slots[slot * 2] === hash && this.#isNamed(record, term)) return record;
    }
  }

  #isNamed(record: number, term: string): boolean {
    if (this.#words[(record + format.RECORD_NAME_UNITS) / 4] !== term.length) return false;
    const halves = this.#halves;
    const first = (record + format.RECORD_BYTES) / 2;
    for (let i = 0; i < term.length; i++) if (halves[first + i] !== term.charCodeAt(i)) return false;
    return true;
  }
}
