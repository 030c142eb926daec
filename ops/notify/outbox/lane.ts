/**
 * Delivers what waits for one channel: one at a time, the most severe first, again after a pause where it failed.
 *
 * One at a time keeps the notices of an incident in order, and what a receiver takes in a second within its bounds. Pauses double and
 * are drawn anew between nothing and their whole length (full jitter: Brooker, "Exponential Backoff And Jitter", 2015); where a
 * receiver says when to come again, nobody goes there before.
 */
import type { Clock } from '../../../engine/clock.ts';
import { SEVERITIES } from '../../incident-type.ts';
import type { Channel, Delivery } from '../channels/channel.ts';
import type { Notice } from '../notice.ts';
import type { Entry } from './contents.ts';
import type { Outbox } from './outbox.ts';

/** Calls once after that many milliseconds, unless the returned function is called before. */
export type SetTimer = (fire: () => void, afterMs: number) => () => void;

export interface LaneTerms {
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  /** From 0 up to 1, 1 left out. */
  readonly random: () => number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  readonly giveUpMs: number;
  /** What this receiver is to be told again, now. */
  readonly active: (channel: string) => readonly Notice[];
}

export interface LaneStatus {
  readonly delivered: number;
  readonly failed: number;
  /** Why the last attempt failed; null where it did not. */
  readonly fault: string | null;
}

interface Attempts {
  readonly count: number;
  readonly notBeforeMs: number;
}

/** Attempts double the pause so often at most. */
const DOUBLINGS_MAX = 30;

export class Lane {
  readonly #channel: Channel;
  readonly #outbox: Outbox;
  readonly #terms: LaneTerms;
  readonly #attempts = new Map<number, Attempts>();
  /** What is under way; null between. */
  #busy: Promise<void> | null = null;
  #cancel: () => void = () => {};
  #notBeforeMs = 0;
  /** When what goes on is told again: at once where a process before this one told it. */
  #keepAliveMs: number;
  #closed = false;
  #status: LaneStatus = { delivered: 0, failed: 0, fault: null };

  constructor(channel: Channel, outbox: Outbox, terms: LaneTerms) {
    this.#channel = channel;
    this.#outbox = outbox;
    this.#terms = terms;
    const wentOn = terms.active(channel.name).length > 0;
    this.#keepAliveMs = wentOn ? this.#nowMs : this.#nowMs + (channel.keepAlive?.everyMs ?? 0);
  }

  get status(): LaneStatus {
    return this.#status;
  }

  /** To be called when something may wait. */
  kick(): void {
    if (this.#closed || this.#busy !== null) return;
    this.#cancel();
    this.#cancel = () => {};
    const nowMs = this.#nowMs;
    const entry = this.#next(nowMs);
    if (nowMs < this.#notBeforeMs) this.#wake(this.#notBeforeMs);
    else if (entry !== null) this.#run(() => this.#deliver(entry));
    else if (this.#isKeepAliveDue(nowMs)) this.#run(() => this.#keepAlive());
    else this.#wake(this.#nextMs());
  }

  /** Begins nothing more; resolves when what was under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#busy;
  }

  /** Does not jump with the calendar. */
  get #nowMs(): number {
    return this.#terms.clock.nowUs() / 1000;
  }

  #next(nowMs: number): Entry | null {
    const waiting = this.#outbox.waiting(this.#channel.name);
    const ready = waiting.filter(({ seq }) => (this.#attempts.get(seq)?.notBeforeMs ?? 0) <= nowMs);
    return ready.sort((one, other) => rank(one) - rank(other) || one.seq - other.seq)[0] ?? null;
  }

  #nextMs(): number {
    const waiting = this.#outbox.waiting(this.#channel.name);
    const ready = waiting.map(({ seq }) => this.#attempts.get(seq)?.notBeforeMs ?? 0);
    if (this.#channel.keepAlive !== null) ready.push(this.#keepAliveMs);
    return Math.min(...ready);
  }

  #wake(atMs: number): void {
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#cancel = this.#terms.setTimer(() => this.kick(), Math.max(1, Math.ceil(atMs - this.#nowMs)));
  }

  #run(work: () => Promise<void>): void {
    this.#notBeforeMs = this.#nowMs + this.#channel.paceMs;
    this.#busy = work().finally(() => {
      this.#busy = null;
      this.kick();
    });
  }

  async #deliver(entry: Entry): Promise<void> {
    const delivery = await this.#channel.send(entry.notice, entry.key);
    this.#count(delivery);
    const wallMs = this.#terms.clock.wallMs();
    const attempts = this.#attempts.get(entry.seq)?.count ?? 0;
    // Also of those that a newer notice made needless meanwhile.
    for (const seq of this.#attempts.keys())
      if (seq === entry.seq || !this.#outbox.isWaiting(seq)) this.#attempts.delete(seq);
    if (delivery.kind === 'delivered' || delivery.kind === 'nothing') this.#outbox.delivered(entry);
    else if (!this.#outbox.isWaiting(entry.seq)) return;
    else if (delivery.kind === 'never') this.#outbox.giveUp(entry, delivery.reason, wallMs);
    else if (wallMs - entry.createdMs >= this.#terms.giveUpMs)
      this.#outbox.giveUp(entry, `Given up after ${attempts + 1} attempts: ${delivery.reason}`, wallMs);
    else this.#attempts.set(entry.seq, { count: attempts + 1, notBeforeMs: this.#nowMs + this.#pauseMs(attempts) });
  }

  #isKeepAliveDue(nowMs: number): boolean {
    return this.#channel.keepAlive !== null && nowMs >= this.#keepAliveMs;
  }

  async #keepAlive(): Promise<void> {
    const { everyMs, post } = this.#channel.keepAlive!;
    this.#keepAliveMs = this.#nowMs + everyMs;
    const active = this.#terms.active(this.#channel.name);
    if (active.length > 0) this.#count(await post(active));
  }

  #count(delivery: Delivery): void {
    const { delivered, failed } = this.#status;
    if (!('reason' in delivery)) {
      this.#status = { delivered: delivered + 1, failed, fault: null };
      return;
    }
    this.#status = { delivered, failed: failed + 1, fault: delivery.reason };
    // Who asked to be left alone means everything that comes from here.
    if (delivery.kind === 'later' && delivery.afterMs !== null)
      this.#notBeforeMs = Math.max(this.#notBeforeMs, this.#nowMs + delivery.afterMs);
  }

  #pauseMs(attempts: number): number {
    const { random, retryBaseMs, retryCapMs } = this.#terms;
    return random() * Math.min(retryCapMs, retryBaseMs * 2 ** Math.min(attempts, DOUBLINGS_MAX));
  }
}

const rank = ({ notice }: Entry): number => SEVERITIES.indexOf(notice.severity);
