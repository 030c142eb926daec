/**
 * What do all processes hold to be so? Named values, of which each process has all, so that nobody waits to read one.
 *
 * The last to write a name wins, by a stamp that grows whatever clocks do: the time of the wall, or one more than the latest stamp that
 * was seen (Lamport, 1978; hybrid clocks: Kulkarni et al., 2014). Processes may therefore tell each other in any order, twice, or
 * after hours apart, and agree (a last-writer-wins map: Shapiro et al., 2011). A name that was taken back stays as a null until it would
 * have ended, or an old copy would bring it back. Everything ends by itself.
 */
import type { Clock } from '../../engine/clock.ts';

export interface Fact {
  readonly name: string;
  /** Milliseconds since the epoch, about. */
  readonly stamp: number;
  /** When it is forgotten, milliseconds since the epoch. */
  readonly untilMs: number;
  /** JSON. */
  readonly text: string;
}

/** What concerns one room; it is told what others said, never what was said here. */
export interface Follower {
  /** @param name without that of the room; @param value null where it was taken back */
  heard(name: string, value: unknown, fact: Fact): void;
  /** The store was emptied or set back: there may have been what nobody can say any more. */
  missed(): void;
}

/** Said here, for all; `room/name`. */
export interface Sayer {
  say(name: string, value: unknown, untilMs: number): void;
  /** One that has not ended. */
  get(name: string): Fact | null;
  /** What was said before this process was started, at that time: who has something newer is right. */
  recall(name: string, value: unknown, saidMs: number, untilMs: number): void;
}

const NAMES_MAX = 20_000;
const NAME_CHARS_MAX = 200;
const TEXT_CHARS_MAX = 8192;
const SOON_MS = 60_000;
/** A stamp further ahead would be the last of its name for good. */
const STAMP_AHEAD_MS_MAX = 366 * 86_400_000;

export class Facts implements Sayer {
  readonly #clock: Clock;
  readonly #facts = new Map<string, Fact>();
  readonly #followers = new Map<string, Follower>();
  readonly #unsent = new Set<string>();
  #latestStamp = 0;
  /** Called when there is something to send. */
  onSaid: () => void = () => {};
  /** Of what was heard: not readable, or more than is kept. */
  unreadable = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    this.#sweep();
    return this.#facts.size;
  }

  get unsentCount(): number {
    return this.#unsent.size;
  }

  /** One follower a room: what stands before the first `/` of a name. */
  follow(room: string, follower: Follower): void {
    this.#followers.set(room, follower);
  }

  say(name: string, value: unknown, untilMs: number): void {
    const stamp = Math.max(Math.floor(this.#clock.wallMs()), this.#latestStamp + 1);
    if (!this.#keep({ name, stamp, untilMs: Math.ceil(untilMs), text: JSON.stringify(value) })) return;
    this.#unsent.add(name);
    this.onSaid();
  }

  recall(name: string, value: unknown, saidMs: number, untilMs: number): void {
    const fact: Fact = { name, stamp: Math.floor(saidMs), untilMs: Math.ceil(untilMs), text: JSON.stringify(value) };
    if ((this.get(name)?.stamp ?? 0) < fact.stamp && this.#keep(fact)) this.#unsent.add(name);
  }

  get(name: string): Fact | null {
    const fact = this.#facts.get(name);
    return fact !== undefined && fact.untilMs > this.#clock.wallMs() ? fact : null;
  }

  /** What the store says of a name. Where ours is the newer, it is sent; where both are as new, the store has the last word. */
  hear(fact: Fact): void {
    const mine = this.get(fact.name);
    if (mine !== null && mine.stamp > fact.stamp) this.#unsent.add(fact.name);
    else this.#unsent.delete(fact.name);
    const isKnown = mine !== null && mine.stamp === fact.stamp && mine.text === fact.text;
    if (isKnown || (mine !== null && mine.stamp > fact.stamp)) return;
    if (fact.untilMs <= this.#clock.wallMs()) return;
    const value = fact.stamp > this.#clock.wallMs() + STAMP_AHEAD_MS_MAX ? undefined : parsed(fact);
    if (value === undefined || !this.#keep(fact)) {
      this.unreadable += 1;
      return;
    }
    const slash = fact.name.indexOf('/');
    this.#followers.get(fact.name.slice(0, slash))?.heard(fact.name.slice(slash + 1), value, fact);
  }

  /** All that the store was given or gave, but what ends so soon that clocks may differ on it. */
  settled(): Fact[] {
    const soonMs = this.#clock.wallMs() + SOON_MS;
    return [...this.#facts.values()].filter(({ name, untilMs }) => untilMs > soonMs && !this.#unsent.has(name));
  }

  /** At most so many that the store does not have yet. */
  unsent(count: number): Fact[] {
    const facts: Fact[] = [];
    for (const name of this.#unsent) {
      const fact = this.get(name);
      if (fact === null) this.#unsent.delete(name);
      else facts.push(fact);
      if (facts.length === count) break;
    }
    return facts;
  }

  /** The store has these now, or newer ones. */
  sent(facts: readonly Fact[]): void {
    for (const fact of facts) if (this.#facts.get(fact.name) === fact) this.#unsent.delete(fact.name);
  }

  resend(names: Iterable<string>): void {
    for (const name of names) this.#unsent.add(name);
  }

  missed(): void {
    for (const follower of this.#followers.values()) follower.missed();
  }

  #keep(fact: Fact): boolean {
    if (fact.name.length > NAME_CHARS_MAX || fact.text.length > TEXT_CHARS_MAX) return false;
    if (this.#facts.size >= NAMES_MAX && !this.#facts.has(fact.name)) this.#sweep();
    if (this.#facts.size >= NAMES_MAX && !this.#facts.has(fact.name)) return false;
    this.#facts.set(fact.name, fact);
    this.#latestStamp = Math.max(this.#latestStamp, fact.stamp);
    return true;
  }

  #sweep(): void {
    const nowMs = this.#clock.wallMs();
    for (const [name, { untilMs }] of this.#facts) if (untilMs <= nowMs) this.#facts.delete(name);
  }
}

/** Undefined where it is no fact. */
function parsed({ name, stamp, untilMs, text }: Fact): unknown {
  if (!name.includes('/') || !Number.isSafeInteger(stamp) || !Number.isSafeInteger(untilMs)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
