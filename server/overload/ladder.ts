/**
 * On which rung does the process stand? Down one while a queue stands or somebody would have been refused; up again one at a time, when
 * what is asked for would fit the rung above. A step that had to be taken back makes the next one wait twice as long.
 */
import { LAST_WORKING, rungNo } from './rung.ts';

export interface LadderSettings {
  /** Between two steps towards less. */
  readonly stepDownMs: number;
  /** Between two steps towards more. */
  readonly stepUpMs: number;
}

export interface Pressure {
  /** Whether a queue stands, or somebody was refused since the last step. */
  readonly tooMuch: boolean;
  /** Whether no worker gets on with what it has. */
  readonly stalled: boolean;
  /** Whether the main thread itself comes late, again and again. */
  readonly late: boolean;
  /** Share of the workers' time that the rung above would take. */
  readonly utilisationAbove: number;
}

/** A rung that would take more is not gone back to. */
const UTILISATION_MAX = 0.75;
/** Below it hardly anything is asked for, and no step can be wrong. */
const UTILISATION_LOW = 0.4;
/** A step towards more that is taken back sooner than this was wrong. */
const RELAPSE_MS = 10_000;
const HOLD_FACTOR_MAX = 32;
/** On the first rung for so long, all that went wrong is forgotten. */
const FORGIVEN_MS = 60_000;

export class Ladder {
  readonly #settings: LadderSettings;
  #rung = 0;
  #steppedMs: number;
  #wentUpMs = Number.NEGATIVE_INFINITY;
  /** Since when more would fit; null while it would not. */
  #calmSinceMs: number | null = null;
  #holdFactor = 1;

  constructor(settings: LadderSettings, nowMs: number) {
    this.#settings = settings;
    this.#steppedMs = nowMs;
  }

  /** Number of the rung, as RUNGS has them: 0 is everything. */
  get rung(): number {
    return this.#rung;
  }

  /** @returns whether the rung changed */
  step(pressure: Pressure, nowMs: number): boolean {
    const before = this.#rung;
    if (pressure.late) this.#goTo(rungNo('refuse'), nowMs);
    else if (pressure.stalled) this.#goTo(rungNo('cache_only'), nowMs);
    // What put it there is over, and workers can be asked again.
    else if (before > LAST_WORKING) this.#goTo(LAST_WORKING, nowMs);
    else if (pressure.tooMuch) this.#less(nowMs);
    else this.#more(pressure.utilisationAbove, nowMs);
    return this.#rung !== before;
  }

  #less(nowMs: number): void {
    this.#calmSinceMs = null;
    if (this.#rung >= LAST_WORKING || nowMs - this.#steppedMs < this.#settings.stepDownMs) return;
    if (nowMs - this.#wentUpMs < RELAPSE_MS) this.#holdFactor = Math.min(HOLD_FACTOR_MAX, this.#holdFactor * 2);
    this.#goTo(this.#rung + 1, nowMs);
  }

  #more(utilisationAbove: number, nowMs: number): void {
    if (this.#rung === 0) {
      if (nowMs - this.#steppedMs > FORGIVEN_MS) this.#holdFactor = 1;
      return;
    }
    if (utilisationAbove > UTILISATION_MAX) {
      this.#calmSinceMs = null;
      return;
    }
    this.#calmSinceMs ??= nowMs;
    const holdMs = this.#settings.stepUpMs * (utilisationAbove < UTILISATION_LOW ? 1 : this.#holdFactor);
    if (nowMs - Math.max(this.#calmSinceMs, this.#steppedMs) < holdMs) return;
    this.#goTo(this.#rung - 1, nowMs);
    this.#wentUpMs = nowMs;
  }

  #goTo(rung: number, nowMs: number): void {
    if (rung === this.#rung) return;
    this.#rung = rung;
    this.#steppedMs = nowMs;
  }
}
