/**
 * Who guesses keys? Failed attempts are metered by the generic cell rate algorithm (ATM Forum TM 4.1, as a virtual schedule): one number
 * a name, the theoretical time at which its debt is paid. Names are bounded: beyond `namesMax` the one that failed longest ago is forgotten.
 */
export interface AttemptLimits {
  /** Failures at once before the next one has to wait. */
  readonly burst: number;
  readonly perMinute: number;
  readonly namesMax: number;
}

/** Whatever it did, nobody waits longer. */
const WAIT_MS_MAX = 300_000;

export class Attempts {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  readonly #namesMax: number;
  /** When the debt of each is paid, in milliseconds of the caller's clock; least recently failed first. */
  readonly #paidAtMs = new Map<string, number>();

  constructor({ burst, perMinute, namesMax }: AttemptLimits) {
    this.#intervalMs = 60_000 / perMinute;
    this.#toleranceMs = this.#intervalMs * burst;
    this.#namesMax = namesMax;
  }

  get names(): number {
    return this.#paidAtMs.size;
  }

  /** Milliseconds until the name may try again; 0 where it may now. */
  waitMs(name: string, nowMs: number): number {
    const paidAtMs = this.#paidAtMs.get(name);
    return paidAtMs === undefined ? 0 : Math.max(0, paidAtMs + this.#intervalMs - this.#toleranceMs - nowMs);
  }

  /** @param weight how many failures it counts as */
  fail(name: string, nowMs: number, weight = 1): void {
    const owed = Math.max(nowMs, this.#paidAtMs.get(name) ?? nowMs) + weight * this.#intervalMs;
    this.#paidAtMs.delete(name);
    this.#paidAtMs.set(name, Math.min(owed, nowMs + this.#toleranceMs + WAIT_MS_MAX - this.#intervalMs));
    if (this.#paidAtMs.size <= this.#namesMax) return;
    const [oldest] = this.#paidAtMs.keys();
    this.#paidAtMs.delete(oldest!);
  }
}
