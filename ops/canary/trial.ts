/**
 * Is the canary worse than the control? Takes what became of each comparable request, and keeps the evidence of each way in which one
 * can go wrong.
 *
 * Comparable is what was assigned by chance, asked for what differs between the arms, and was not answered from memory: the caller sees
 * to that. Of one person at most one bad event of a kind counts in a minute.
 */
import { Evidence, logAverage } from './evidence.ts';
import { type RatioCounts, SampleRatio } from './sample-ratio.ts';
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
  /** Whether it counts as a failure of the canary itself; whether it was an error where not said. */
  readonly failed?: boolean;
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
export const noCounts = (): Counts => ({
  requests: 0,
  bad: { error: 0, slow: 0, very_slow: 0, empty: 0, degraded: 0 },
});
const copyOf = ({ requests, bad }: ArmCounts): Counts => ({ requests, bad: { ...bad } });

/** All of a trial that a restart has to keep, as plain values. Who was counted of late is no part of it. */
export interface TrialRecord {
  /** As {@link Evidence.bets}, by kind. */
  readonly bets: Readonly<Record<BadEvent, readonly number[]>>;
  readonly ratio: RatioCounts;
  readonly counts: { readonly canary: ArmCounts; readonly control: ArmCounts };
  readonly failures: number;
}

export class Trial {
  readonly #settings: TrialSettings;
  readonly #evidence = BAD_EVENTS.map(() => new Evidence());
  #ratio = new SampleRatio();
  readonly #people = new Seldom(DAY_MS, PEOPLE_MAX);
  readonly #events = new Seldom(MINUTE_MS, EVENTS_MAX);
  #counts = { canary: noCounts(), control: noCounts() };
  #failures = 0;

  constructor(settings: TrialSettings) {
    this.#settings = settings;
  }

  /** What was seen before the process was started again. */
  restore({ bets, ratio, counts, failures }: TrialRecord): void {
    for (const [at, kind] of BAD_EVENTS.entries()) this.#evidence[at]!.restore(bets[kind]);
    this.#ratio.restore(ratio);
    this.#counts = { canary: copyOf(counts.canary), control: copyOf(counts.control) };
    this.#failures = failures;
  }

  get record(): TrialRecord {
    const bets = Object.fromEntries(BAD_EVENTS.map((kind, at) => [kind, this.#evidence[at]!.bets])) as Record<
      BadEvent,
      number[]
    >;
    return { bets, ratio: this.#ratio.counts, counts: this.counts, failures: this.#failures };
  }

  get counts(): { readonly canary: ArmCounts; readonly control: ArmCounts } {
    return { canary: copyOf(this.#counts.canary), control: copyOf(this.#counts.control) };
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

  add({ canary, identity, share, bad, failed = bad.includes('error'), nowMs }: TrialEvent): void {
    const counts = canary ? this.#counts.canary : this.#counts.control;
    counts.requests += 1;
    if (identity !== '' && this.#people.count(identity, nowMs)) this.#ratio.add(canary, share);
    if (canary) this.tally(failed);
    for (const kind of bad) {
      counts.bad[kind] += 1;
      if (identity !== '' && !this.#events.count(`${kind} ${identity}`, nowMs)) continue;
      this.#evidence[BAD_EVENTS.indexOf(kind)]!.add(canary, share);
    }
  }

  /** How one more request of the canary ended, comparable or not: what fails again and again needs no statistics. */
  tally(failed: boolean): void {
    this.#failures = failed ? this.#failures + 1 : 0;
  }

  /** Shares are as they should be again, as far as is known: a person has looked. */
  forgetRatio(): void {
    this.#ratio = new SampleRatio();
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
