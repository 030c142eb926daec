/** Is somebody asking this already? Then wait for his answer. */
import type { Clock } from '../../engine/clock.ts';

/** Calls once after that many milliseconds, unless the returned function is called before. */
export type SetTimer = (fire: () => void, afterMs: number) => () => void;

interface Flight<Result> {
  readonly result: Promise<Result>;
  readonly deadlineAtMs: number;
}

export interface FlightSettings<Result> {
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  /** What a caller gets whose deadline passes while he waits for another's answer. */
  readonly late: Result;
}

/** A flight may have less time left than who joins it, but not less than this share of it. */
const TIME_LEFT_SHARE = 0.5;

export class Flights<Result> {
  readonly #settings: FlightSettings<Result>;
  readonly #flying = new Map<string, Flight<Result>>();

  constructor(settings: FlightSettings<Result>) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#flying.size;
  }

  has(key: string): boolean {
    return this.#flying.has(key);
  }

  /**
   * Joins the flight with this key, or starts one. One that was started with little time is not joined by who has much: it may
   * end in a refusal, or in less than he would get.
   *
   * @param start never rejects
   */
  join(key: string, deadlineAtMs: number, start: () => Promise<Result>): { joined: boolean; result: Promise<Result> } {
    const nowMs = this.#settings.clock.wallMs();
    const flight = this.#flying.get(key);
    if (flight !== undefined && flight.deadlineAtMs - nowMs >= (deadlineAtMs - nowMs) * TIME_LEFT_SHARE)
      return { joined: true, result: this.#until(deadlineAtMs - nowMs, flight.result) };
    const mine: Flight<Result> = { result: start(), deadlineAtMs };
    this.#flying.set(key, mine);
    const land = (): void => {
      if (this.#flying.get(key) === mine) this.#flying.delete(key);
    };
    void mine.result.then(land, land);
    return { joined: false, result: mine.result };
  }

  /** From now on nobody joins what is under way. */
  close(): void {
    this.#flying.clear();
  }

  #until(afterMs: number, result: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const cancel = this.#settings.setTimer(() => resolve(this.#settings.late), Math.max(0, afterMs));
      result.then(resolve, reject).finally(cancel);
    });
  }
}
