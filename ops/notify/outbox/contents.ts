/**
 * What is in the outbox: a value that changes, the same way when something happens and when it is read back from the disk.
 *
 * Of one incident and channel only the newest notice waits: whoever could not be told that it opened need not hear of it once it is
 * over, and hears that it is over. Receivers ignore the end of what they never heard of.
 */
import { SEVERITIES } from '../../incident-type.ts';
import type { Notice } from '../notice.ts';

export interface Entry {
  /** Counts up. */
  readonly seq: number;
  /** The same notice for the same channel has the same one, whoever puts it and however often. */
  readonly key: string;
  readonly channel: string;
  /** Milliseconds since the Unix epoch. */
  readonly createdMs: number;
  readonly notice: Notice;
}

/** What could not be delivered, and why. */
export interface DeadLetter extends Entry {
  readonly reason: string;
  readonly diedMs: number;
}

export type Change =
  | { readonly kind: 'put'; readonly entry: Entry }
  | { readonly kind: 'done'; readonly seq: number }
  | { readonly kind: 'dead'; readonly letter: DeadLetter }
  /** What its user wants to find again. */
  | { readonly kind: 'memo'; readonly memo: unknown }
  | { readonly kind: 'seen'; readonly keys: readonly string[]; readonly nextSeq: number };

/** A key is known for so many others. */
const KEYS_MAX = 1024;

export class Contents {
  memo: unknown = null;
  nextSeq = 1;
  readonly waiting = new Map<number, Entry>();
  readonly dead = new Map<number, DeadLetter>();
  readonly #seen = new Set<string>();
  readonly #deadMax: number;

  constructor(deadMax: number) {
    this.#deadMax = deadMax;
  }

  hasSeen(key: string): boolean {
    return this.#seen.has(key);
  }

  apply(change: Change): void {
    switch (change.kind) {
      case 'put':
        this.#put(change.entry);
        break;
      case 'done':
        this.waiting.delete(change.seq);
        break;
      case 'dead':
        this.#bury(change.letter);
        break;
      case 'memo':
        this.memo = change.memo;
        break;
      case 'seen':
        for (const key of change.keys) this.#see(key);
        this.nextSeq = Math.max(this.nextSeq, change.nextSeq);
        break;
    }
  }

  /** What makes these contents of empty ones. */
  changes(): Change[] {
    return [
      { kind: 'seen', keys: [...this.#seen], nextSeq: this.nextSeq },
      { kind: 'memo', memo: this.memo },
      ...[...this.dead.values()].map((letter): Change => ({ kind: 'dead', letter })),
      ...[...this.waiting.values()].map((entry): Change => ({ kind: 'put', entry })),
    ];
  }

  /** Who is given up first where there are too many: the least severe, the oldest of these. */
  leastUrgent(): Entry | null {
    let least: Entry | null = null;
    for (const entry of this.waiting.values()) if (least === null || rank(entry) > rank(least)) least = entry;
    return least;
  }

  /** What waits for the same channel about the same incident; null where nothing does. */
  rivalOf({ channel, notice }: Pick<Entry, 'channel' | 'notice'>): Entry | null {
    for (const entry of this.waiting.values())
      if (entry.channel === channel && entry.notice.incidentId === notice.incidentId) return entry;
    return null;
  }

  #put(entry: Entry): void {
    const older = this.rivalOf(entry);
    if (older !== null) this.waiting.delete(older.seq);
    this.waiting.set(entry.seq, entry);
    this.nextSeq = Math.max(this.nextSeq, entry.seq + 1);
    this.#see(entry.key);
  }

  #bury(letter: DeadLetter): void {
    this.waiting.delete(letter.seq);
    this.dead.set(letter.seq, letter);
    while (this.dead.size > this.#deadMax) this.dead.delete(this.dead.keys().next().value!);
  }

  #see(key: string): void {
    this.#seen.add(key);
    if (this.#seen.size > KEYS_MAX) this.#seen.delete(this.#seen.values().next().value!);
  }
}

const rank = ({ notice }: Entry): number => SEVERITIES.indexOf(notice.severity);
