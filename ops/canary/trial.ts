/**
 * Is the canary worse than the control? Takes what became of each comparable request, and keeps the evidence of each way in which one
 * can go wrong.
 *
 * Comparable is what was assigned by chance, asked for what differs between the arms, and was not answered from memory: the caller sees
 * to that. Of one person at most one bad event of a kind counts in a minute.
 */
import { Evidence, logAverage } from './evidence.ts';
import { SampleRatio } from './sample-ratio.ts';
import { Seldom } from './seldom.ts';

/** Ways in which a request goes wrong; slow and very slow are counted apart, so that both a shift and a tail are found. */
export const BAD_EVENTS = ['error', 'slow', 'very_slow', 'empty', 'degraded'] as const;
export type BadEvent = (typeof BAD_EVENTS)[number];
/** How much each weighs in the evidence of all: an error is rarer than the rest, and worse. */
const KIND_WEIGHTS = [0.7, 0.075, 0.075, 0.075, 0.075] as const;

export interface TrialSettings {
  /** Probability of ever finding a canary worse that is not. */
  readonly alpha: number;
  /** Failures of the canary one after the other that end it at once, without any statistics. */
  readonly consecutiveFailuresMax: number;
}

export interface TrialEvent {
  readonly canary: boolean;
  /** Who asked; '' for nobody who can be known again. */
  readonly identity: string;
  /** Share of the canary when it was assigned, 0 … 1. */
  readonly share: number;
  readonly bad: readonly BadEvent[];
  readonly nowMs: number;
}

export interface ArmCounts {
  readonly requests: number;
  /** By kind, as often as it happened, whoever it happened to. */
  readonly bad: Readonly<Record<BadEvent, number>>;
}

export type TrialVerdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'worse'; readonly by: BadEvent }
  | { readonly kind: 'failing'; readonly consecutive: number }
  | { readonly kind: 'sample_ratio' };

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const PEOPLE_MAX = 200_000;
const EVENTS_MAX = 100_000;
/** Nobody is told that the ratio is off by chance. */
const SAMPLE_RATIO_ALPHA = 0.001;

type Counts = { requests: number; bad: Record<BadEvent, number> };
const noCounts = (): Counts => ({
  requests: 0,
  bad: { error: 0, slow: 0, very_slow: 0, empty: 0, degraded: 0 },
});

export class Trial {
  readonly #settings: TrialSettings;
  readonly #evidence = BAD_EVENTS.map(() => new Evidence());
  readonly #ratio = new SampleRatio();
  readonly #people = new Seldom(DAY_MS, PEOPLE_MAX);
  readonly #events = new Seldom(MINUTE_MS, EVENTS_MAX);
  readonly #counts = { canary: noCounts(), control: noCounts() };
  #failures = 0;

  constructor(settings: TrialSettings) {
    this.#settings = settings;
  }

  get counts(): { readonly canary: ArmCounts; readonly control: ArmCounts } {
    return this.#counts;
  }

  /** Of each way to go wrong, of all together, and of a ratio that is not as configured: natural logarithms. */
  get evidence(): {
    readonly of: Readonly<Record<BadEvent, number>>;
    readonly worse: number;
    readonly sampleRatio: number;
  } {
    const logs = this.#evidence.map(({ log }) => log);
    const of = Object.fromEntries(BAD_EVENTS.map((kind, at) => [kind, logs[at]!])) as Record<BadEvent, number>;
    return { of, worse: logAverage(logs, KIND_WEIGHTS), sampleRatio: this.#ratio.log };
  }

  add({ canary, identity, share, bad, nowMs }: TrialEvent): void {
    const counts = canary ? this.#counts.canary : this.#counts.control;
    counts.requests += 1;
    if (identity !== '' && this.#people.count(identity, nowMs)) this.#ratio.add(canary, share);
    if (canary) this.#failures = bad.includes('error') ? this.#failures + 1 : 0;
    for (const kind of bad) {
      counts.bad[kind] += 1;
      if (identity !== '' && !this.#events.count(`${kind} ${identity}`, nowMs)) continue;
      this.#evidence[BAD_EVENTS.indexOf(kind)]!.add(canary, share);
    }
  }

  get verdict(): TrialVerdict {
    const { alpha, consecutiveFailuresMax } = this.#settings;
    if (this.#failures >= consecutiveFailuresMax) return { kind: 'failing', consecutive: this.#failures };
    const { of, worse, sampleRatio } = this.evidence;
    if (worse >= Math.log(1 / alpha)) {
      const by = BAD_EVENTS.reduce((most, kind) => (of[kind] > of[most] ? kind : most));
      return { kind: 'worse', by };
    }
    return sampleRatio >= Math.log(1 / SAMPLE_RATIO_ALPHA) ? { kind: 'sample_ratio' } : { kind: 'none' };
  }
}
