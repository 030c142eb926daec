/**
 * Whose key is this? The keys of the file, held by id. Digests are compared in constant time, and one is computed and compared for an id
 * that there is not, so that time tells nothing. A key that was right a moment ago is known by its text, without a hash.
 */
import { timingSafeEqual } from 'node:crypto';
import { type Network, networkOf, within } from './addresses.ts';
import { digestOf, idOf } from './key.ts';
import { type KeyRecord, type KeyState, stateOf } from './key-record.ts';
import type { Scope } from './scopes.ts';

const KNOWN_FOR_MS = 60_000;
const KNOWN_MAX = 1000;
const NO_DIGEST = Buffer.alloc(32);

interface Held {
  readonly record: KeyRecord;
  readonly digest: Buffer;
  readonly networks: readonly Network[];
  usedAtMs: number | null;
}

/** A key whose secret is right; whether it is good now and from there is another question. */
export interface RightKey {
  readonly id: string;
  readonly scopes: readonly Scope[];
  readonly state: KeyState;
  readonly fromHere: boolean;
}

export interface KeyListing extends Omit<KeyRecord, 'sha256'> {
  readonly state: KeyState;
  /** By this process; null where it was not. */
  readonly usedAt: string | null;
}

export class KeyRing {
  #held = new Map<string, Held>();
  /** Until when the text of a right key is known, in milliseconds since the epoch. */
  readonly #known = new Map<string, { readonly held: Held; readonly untilMs: number }>();

  constructor(records: readonly KeyRecord[]) {
    this.replace(records);
  }

  /** Takes what the file holds now; when a key was last used is carried over. */
  replace(records: readonly KeyRecord[]): void {
    const before = this.#held;
    this.#known.clear();
    this.#held = new Map(
      records.map((record) => {
        const digest = Buffer.from(record.sha256, 'hex');
        const usedAtMs = before.get(record.id)?.usedAtMs ?? null;
        return [record.id, { record, digest, networks: record.from.map(networkOf), usedAtMs }];
      }),
    );
  }

  /** Whether the text was found right within the last minute: it needs no attempt. */
  knows(text: string, nowMs: number): boolean {
    return (this.#known.get(text)?.untilMs ?? 0) > nowMs;
  }

  /** The key that the text is, or null where it is none of ours. @param address null for one that nobody knows: no network holds it */
  find(text: string, address: string | null, nowMs: number): RightKey | null {
    const held = this.knows(text, nowMs) ? this.#known.get(text)!.held : this.#compare(text, nowMs);
    if (held === null) return null;
    const { record, networks } = held;
    const state = stateOf(record, nowMs);
    const fromHere = networks.length === 0 || (address !== null && within(address, networks));
    if (state === 'active' && fromHere) held.usedAtMs = nowMs;
    return { id: record.id, scopes: record.scopes, state, fromHere };
  }

  #compare(text: string, nowMs: number): Held | null {
    const held = this.#held.get(idOf(text) ?? '');
    const same = timingSafeEqual(digestOf(text), held?.digest ?? NO_DIGEST);
    if (held === undefined || !same) return null;
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(text, { held, untilMs: nowMs + KNOWN_FOR_MS });
    return held;
  }

  /** Keys that are good now. */
  active(nowMs: number): number {
    return [...this.#held.values()].filter(({ record }) => stateOf(record, nowMs) === 'active').length;
  }

  list(nowMs: number): KeyListing[] {
    return [...this.#held.values()].map(({ record, usedAtMs }) => listingOf(record, nowMs, usedAtMs));
  }
}

/** All that may be shown of a key. */
export function listingOf({ sha256: _, ...shown }: KeyRecord, nowMs: number, usedAtMs: number | null): KeyListing {
  const usedAt = usedAtMs === null ? null : new Date(usedAtMs).toISOString();
  return { ...shown, state: stateOf(shown, nowMs), usedAt };
}
