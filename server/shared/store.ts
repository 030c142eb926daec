/**
 * Is the store there? One session after the other, with pauses that grow; and none of those who ask waits for it to come back.
 *
 * ```
 * down ─ open, prepare ─▶ up ─ first failure of any kind: late, refused, cut off ─▶ down, and a pause
 * ```
 *
 * This is a circuit breaker (Nygard, Release It!, 2007) that one failure opens. A store that fails again soon after it came back is left
 * alone for twice as long, up to five seconds.
 */
import type { Clock } from '../../engine/clock.ts';
import type { Script } from './script.ts';
import type { Session } from './session.ts';

/** How a session is used: what it says is within the time, or it has ended. */
export type Run = (script: Script, keys: readonly string[], words: readonly string[]) => Promise<unknown>;

export interface StoreParts {
  readonly clock: Clock;
  /** Time for a decision. */
  readonly timeoutMs: number;
  /** @param nudged called when there is something new */
  readonly open: (nudged: () => void) => Promise<Session>;
  /** Before a session is used, and then each second, and whenever there is something new. @param fresh whether it is a new one */
  readonly tend: (run: Run, fresh: boolean) => Promise<void>;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told once of each change, with what can be shown. */
  readonly lost: (reason: string) => void;
  readonly found: (awayMs: number) => void;
}

export interface StoreStatus {
  readonly state: 'up' | 'down';
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Why it is down; null where it is up or was not tried yet. */
  readonly reason: string | null;
  /** How often it was lost since the start. */
  readonly lost: number;
}

const PAUSE_MS_MIN = 250;
const PAUSE_MS_MAX = 5000;
/** One that stayed so long is trusted again. */
const STEADY_MS = 60_000;
const TEND_MS = 1000;
/** Nobody waits for what is tended: it may take longer than a decision. */
const TEND_TIMEOUT_MS = 1000;

export class Store {
  readonly #parts: StoreParts;
  readonly #closing = new AbortController();
  #session: Session | null = null;
  #sinceUs: number;
  #pauseMs = PAUSE_MS_MIN;
  #reason: string | null = null;
  #lost = 0;
  /** Wakes what tends; the next time it would, where it is at it. */
  #wake: () => void = () => {};

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#sinceUs = parts.clock.nowUs();
  }

  get isUp(): boolean {
    return this.#session !== null && !this.#session.isOver;
  }

  status(): StoreStatus {
    const { clock } = this.#parts;
    return {
      state: this.isUp ? 'up' : 'down',
      sinceMs: clock.wallMs() - (clock.nowUs() - this.#sinceUs) / 1000,
      reason: this.#reason,
      lost: this.#lost,
    };
  }

  /** @throws Error at once where it is down, and else within the time of a decision */
  ask: Run = (script, keys, words) => {
    if (this.#session === null) return Promise.reject(new Error('The store is down'));
    return this.#session.run(script, keys, words, this.#parts.timeoutMs);
  };

  /** There is something to say: it is not left until the next second. */
  nudge(): void {
    this.#wake();
  }

  /** Returns at once, and resolves when it is closed; never rejects. */
  async run(): Promise<void> {
    const { clock, pause } = this.#parts;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const reason = await this.#live().catch((error: Error) => error.message);
      if (signal.aborted) break;
      const wasSteady = this.#session !== null && clock.nowUs() - this.#sinceUs >= STEADY_MS * 1000;
      if (wasSteady) this.#pauseMs = PAUSE_MS_MIN;
      this.#down(reason);
      await pause(this.#pauseMs, signal);
      this.#pauseMs = Math.min(PAUSE_MS_MAX, this.#pauseMs * 2);
    }
    this.#session = null;
  }

  close(): void {
    this.#closing.abort();
    this.#session?.end('Closed');
  }

  /** One session, from its opening to its end. @returns why it ended; @throws Error where it cannot be opened */
  async #live(): Promise<string> {
    const { open, tend, pause } = this.#parts;
    let wake = new AbortController();
    this.#wake = () => wake.abort();
    const session = await open(() => wake.abort());
    let over = this.#closing.signal.aborted;
    void session.ended.then(() => {
      over = true;
      wake.abort();
    });
    const run: Run = (script, keys, words) => session.run(script, keys, words, TEND_TIMEOUT_MS);
    try {
      await tend(run, true);
      this.#up(session);
      while (!over) {
        await pause(TEND_MS, wake.signal);
        wake = new AbortController();
        if (!over) await tend(run, false);
      }
    } catch (error) {
      session.end((error as Error).message);
    }
    if (over) session.end('Closed');
    return session.ended;
  }

  #up(session: Session): void {
    const { clock, found } = this.#parts;
    const awayUs = clock.nowUs() - this.#sinceUs;
    this.#session = session;
    this.#sinceUs = clock.nowUs();
    if (this.#reason !== null) found(awayUs / 1000);
    this.#reason = null;
  }

  /** Told once, however many attempts fail then. */
  #down(reason: string): void {
    const { clock, lost } = this.#parts;
    const isNews = this.#session !== null || this.#reason === null;
    this.#session = null;
    this.#reason = reason;
    if (!isNews) return;
    this.#sinceUs = clock.nowUs();
    this.#lost += 1;
    lost(reason);
  }
}
