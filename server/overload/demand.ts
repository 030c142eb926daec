/**
 * How much work is asked for, and how much would it be on another rung? What each kind of query takes is remembered as an exponential
 * average, and how often it is asked for as a rate that forgets half in 0.7 s.
 */
import { type Effort, type EffortSettings, kindOf, lowered } from './rung.ts';

/** Of a new measurement in the average. */
const WEIGHT = 0.1;
const HALF_LIFE_MS = 700;
/** Of the requests that such a rate is made of, seconds. */
const WINDOW_S = HALF_LIFE_MS / 1000 / Math.LN2;
/** Kinds that are told apart; there are six of them on each rung, and whatever experiments add. */
const KINDS_MAX = 256;
/** Requests a second that are as good as none. */
const RATE_MIN = 0.01;

/** What was not measured for so long is measured anew: its average says nothing of now. */
export const STALE_MS = 5000;

/** What a kind takes of a worker, and since when it was not measured. */
interface Service {
  ms: number;
  unseenMs: number;
}

interface Asked {
  readonly effort: Effort;
  /** Since the last step. */
  fresh: number;
  perSecond: number;
}

/** Without the query that it may be part of, which is not kept. */
const effortOf = ({ mode, rerank, candidatesMax, rerankDepthMax, variants }: Effort): Effort => ({
  variants,
  mode,
  rerank,
  candidatesMax,
  rerankDepthMax,
});

export class Demand {
  readonly #service = new Map<string, Service>();
  readonly #asked = new Map<string, Asked>();
  #meanMs = 0;
  /** Since the last step: what was refused before anyone knew what it asks for. */
  #unread = 0;

  /** What a query takes of a worker, milliseconds on average; null where none like it was seen. */
  expectedMs(kind: string): number | null {
    return this.#service.get(kind)?.ms ?? null;
  }

  /** Whether what it takes was known once, and is no longer. */
  isStale(kind: string): boolean {
    return (this.#service.get(kind)?.unseenMs ?? 0) >= STALE_MS;
  }

  /** What is asked for by that name; null where nobody has asked for it of late. */
  effortOf(kind: string): Effort | null {
    return this.#asked.get(kind)?.effort ?? null;
  }

  /** Of all that is served now, milliseconds; 0 before the first. */
  get meanMs(): number {
    return this.#meanMs;
  }

  asked(effort: Effort): void {
    const kind = kindOf(effort);
    const known = this.#asked.get(kind);
    if (known !== undefined) known.fresh += 1;
    else if (this.#asked.size < KINDS_MAX) this.#asked.set(kind, { effort: effortOf(effort), fresh: 1, perSecond: 0 });
  }

  /** One that is taken for whatever others ask. */
  askedUnread(): void {
    this.#unread += 1;
  }

  served(kind: string, ms: number): void {
    const before = this.#service.get(kind);
    if (before === undefined && this.#service.size >= KINDS_MAX) return;
    const known = before === undefined || before.unseenMs >= STALE_MS ? ms : before.ms + WEIGHT * (ms - before.ms);
    this.#service.set(kind, { ms: known, unseenMs: 0 });
    this.#meanMs = this.#meanMs === 0 ? ms : this.#meanMs + WEIGHT * (ms - this.#meanMs);
  }

  step(lengthMs: number): void {
    for (const service of this.#service.values()) service.unseenMs += lengthMs;
    const kept = 0.5 ** (lengthMs / HALF_LIFE_MS);
    let read = 0;
    for (const { fresh } of this.#asked.values()) read += fresh;
    const unread = this.#unread;
    this.#unread = 0;
    // Nothing tells what they would have asked for: it goes on as it was.
    if (read === 0 && unread > 0) return;
    const each = read === 0 ? 1 : 1 + unread / read;
    for (const [kind, asked] of this.#asked) {
      asked.perSecond = kept * asked.perSecond + (1 - kept) * ((asked.fresh * each) / (lengthMs / 1000));
      asked.fresh = 0;
      if (asked.perSecond < RATE_MIN) this.#asked.delete(kind);
    }
  }

  /** Workers that all that is asked for would keep busy on a rung, at the rates that chance may have hidden; kinds never seen count nothing. */
  workersNeededOn(rung: number, settings: EffortSettings): number {
    let needed = 0;
    for (const { effort, perSecond } of this.#asked.values()) {
      // A standard deviation more: a gap between two requests is no calm.
      const likely = perSecond + Math.sqrt(perSecond / WINDOW_S);
      needed += (likely * (this.expectedMs(kindOf(lowered(effort, rung, settings).effort)) ?? 0)) / 1000;
    }
    return needed;
  }
}
