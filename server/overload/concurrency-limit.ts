/**
 * How many queries may be inside at once? As many as keep the workers busy without a wait that is longer than what they wait for.
 *
 * A gradient limit (as Netflix' concurrency-limits and Envoy's adaptive concurrency have it): limit ← limit × gradient + √limit, where
 * the gradient is the time that queries may take over the time that they do. Both estimate the time without a queue by probing; here
 * workers tell how long they worked, so it is known for every query, whatever the mix.
 */

export interface ConcurrencySettings {
  readonly limitMin: number;
  readonly limitMax: number;
  /** Wait that is accepted however short the work, milliseconds. */
  readonly queueDelayTargetMs: number;
}

const WINDOW_MS = 100;
/** Fewer say little. */
const SAMPLES_MIN = 10;
/** So few are looked at after this long all the same. */
const WINDOW_MS_MAX = 2000;
/** A bad window halves the limit at most. */
const GRADIENT_MIN = 0.5;
/** Of the new limit in the one that is set. */
const SMOOTHING = 0.5;
/** What a limit is once nobody has waited for a while. */
const LIMIT_AT_REST = 100;

export class ConcurrencyLimit {
  readonly #settings: ConcurrencySettings;
  #limit: number;
  #sinceMs: number;
  #served = 0;
  #serviceMs = 0;
  #insideMs = 0;
  #insideMax = 0;

  constructor(settings: ConcurrencySettings, nowMs: number) {
    this.#settings = settings;
    this.#limit = this.#atRest;
    this.#sinceMs = nowMs;
  }

  get limit(): number {
    return Math.floor(this.#limit);
  }

  /**
   * @param serviceMs that a worker took
   * @param insideMs from its admission to its end
   * @param inside how many were inside when it ended
   */
  served(serviceMs: number, insideMs: number, inside: number, nowMs: number): void {
    this.#served += 1;
    this.#serviceMs += serviceMs;
    this.#insideMs += insideMs;
    this.#insideMax = Math.max(this.#insideMax, inside);
    const windowMs = nowMs - this.#sinceMs;
    if (windowMs < WINDOW_MS || (this.#served < SAMPLES_MIN && windowMs < WINDOW_MS_MAX)) return;
    this.#update();
    this.#served = this.#serviceMs = this.#insideMs = this.#insideMax = 0;
    this.#sinceMs = nowMs;
  }

  /** Nobody has waited for a while: what was learned of a crowd is forgotten. */
  rest(): void {
    this.#limit = Math.max(this.#limit, this.#atRest);
  }

  get #atRest(): number {
    return Math.min(Math.max(LIMIT_AT_REST, this.#settings.limitMin), this.#settings.limitMax);
  }

  #update(): void {
    const { limitMin, limitMax, queueDelayTargetMs } = this.#settings;
    const serviceMs = this.#serviceMs / this.#served;
    const insideMs = this.#insideMs / this.#served;
    const gradient = Math.min(
      1,
      Math.max(GRADIENT_MIN, (serviceMs + Math.max(queueDelayTargetMs, serviceMs)) / insideMs),
    );
    // One that is not half used says nothing about whether it could be higher.
    if (gradient === 1 && this.#insideMax < this.#limit / 2) return;
    const next = this.#limit * gradient + Math.sqrt(this.#limit);
    const smooth = this.#limit + SMOOTHING * (next - this.#limit);
    this.#limit = Math.min(limitMax, Math.max(limitMin, smooth));
  }
}
