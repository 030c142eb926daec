/**
 * What the documents are: as it is durable, and with what is on its way to the disk laid over it.
 *
 * Who decides about the next operation looks at both, since the journal keeps their order; who reads gets only what is durable. A
 * refusal of the disk takes all that is on its way with it.
 */

import { type KeySettings, Keys, type RememberedKey } from './keys.ts';
import { bytesOf, type Entry, LivingTable } from './living-table.ts';
import type { ChangeRecord, KeysRecord } from './record.ts';

/** A change and the key that it was asked under. */
export interface Change {
  readonly entry: Entry;
  readonly key: RememberedKey | null;
}

export class State {
  readonly table = new LivingTable();
  readonly keys: Keys;
  /** By sequence. */
  #onWay: Change[] = [];
  readonly #entries = new Map<string, Entry>();
  readonly #keysOnWay = new Map<string, RememberedKey>();
  #bytesOnWay = 0;

  constructor(settings: KeySettings) {
    this.keys = new Keys(settings);
  }

  /** The latest there is of a document, durable or not. */
  latest(id: string): Entry | undefined {
    return this.#entries.get(id) ?? this.table.get(id);
  }

  knownKey(name: string, wallMs: number): RememberedKey | undefined {
    return this.#keysOnWay.get(name) ?? this.keys.get(name, wallMs);
  }

  /** At most: a document that is in the table and on its way counts twice. */
  get size(): { readonly documents: number; readonly bytes: number } {
    const { documents, bytes } = this.table.size;
    return { documents: documents + this.#entries.size, bytes: bytes + this.#bytesOnWay };
  }

  /** It was handed to the journal. */
  send(change: Change): void {
    const { entry, key } = change;
    this.#onWay.push(change);
    this.#entries.set(entry.id, entry);
    this.#bytesOnWay += bytesOf(entry);
    if (key !== null) this.#keysOnWay.set(key.name, key);
  }

  /** Up to this sequence all that was sent is durable. */
  settle(sequence: number): void {
    let settled = 0;
    for (const { entry, key } of this.#onWay) {
      if (entry.sequence > sequence) break;
      settled += 1;
      this.table.set(entry);
      this.#bytesOnWay -= bytesOf(entry);
      if (this.#entries.get(entry.id) === entry) this.#entries.delete(entry.id);
      if (key === null) continue;
      this.keys.set(key);
      if (this.#keysOnWay.get(key.name) === key) this.#keysOnWay.delete(key.name);
    }
    this.#onWay.splice(0, settled);
  }

  /** Nothing that is on its way counts any more. */
  recall(): void {
    this.#onWay = [];
    this.#entries.clear();
    this.#keysOnWay.clear();
    this.#bytesOnWay = 0;
  }

  /** Takes a record that the journal had. @param covered the generation that serves has it: only its key counts */
  restore(record: ChangeRecord | KeysRecord, { sequence, covered }: { sequence: number; covered: boolean }): void {
    if (record.kind === 'keys') {
      for (const key of record.keys) this.keys.set({ ...key, toldBy: sequence });
      return;
    }
    const { id, document, key, effect, wallMs } = record;
    if (!covered) this.table.set({ id, sequence, document });
    if (key !== null) this.keys.set({ ...key, effect, wallMs, version: sequence, toldBy: sequence });
  }
}
