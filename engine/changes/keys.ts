/**
 * Was this asked before, under the same key? Idempotency keys, as Stripe's API and the IETF's draft-ietf-httpapi-idempotency-key-header
 * have them, for what changed something.
 */
import type { CarriedKey } from './record.ts';

export interface KeySettings {
  /** The oldest is forgotten when there is one more. */
  readonly keysMax: number;
  /** Milliseconds after which a key is as new. */
  readonly keyAgeMsMax: number;
}

export interface RememberedKey extends CarriedKey {
  /** Sequence of the record in the journal that tells of it. */
  readonly toldBy: number;
}

export class Keys {
  readonly #settings: KeySettings;
  /** Oldest first. */
  readonly #byName = new Map<string, RememberedKey>();

  constructor(settings: KeySettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#byName.size;
  }

  get(name: string, wallMs: number): RememberedKey | undefined {
    const key = this.#byName.get(name);
    return key !== undefined && this.#isFresh(key, wallMs) ? key : undefined;
  }

  set(key: RememberedKey): void {
    // One that was forgotten and came again is young; one that is only told anew is as old as it was.
    if (this.#byName.get(key.name)?.version !== key.version) this.#byName.delete(key.name);
    this.#byName.set(key.name, key);
    if (this.#byName.size > this.#settings.keysMax) this.#byName.delete(this.#byName.keys().next().value!);
  }

  /** Another record tells of it from now on. */
  retold(key: RememberedKey, toldBy: number): void {
    if (this.#byName.get(key.name) === key) this.#byName.set(key.name, { ...key, toldBy });
  }

  /** Those of which only records up to this sequence tell; what is too old is forgotten. */
  toldUpTo(sequence: number, wallMs: number): RememberedKey[] {
    const told: RememberedKey[] = [];
    for (const key of this.#byName.values()) {
      if (!this.#isFresh(key, wallMs)) this.#byName.delete(key.name);
      else if (key.toldBy <= sequence) told.push(key);
    }
    return told;
  }

  #isFresh({ wallMs: since }: RememberedKey, wallMs: number): boolean {
    return wallMs - since <= this.#settings.keyAgeMsMax;
  }
}
