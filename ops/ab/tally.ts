/**
 * What do the lines of `ab_metrics.jsonl` add up to? Takes them in their order, live as they are made or read back after a restart,
 * and keeps counts by experiment, arm and day, what was shown of late, and the evidence of the clicks on interleaved answers.
 */
import { type Owner, outcomeOfClicks, Preference, Seldom } from '../canary/index.ts';
import { isValid } from '../sample.ts';
import { ArmCounts, type Slowness } from './arm-counts.ts';
import { type Clicked, type ClickVerdict, type ImpressionSettings, Impressions, type Settled } from './impressions.ts';
import type { AbLine, Interleaved, SearchLine } from './line.ts';

export interface TallySettings extends ImpressionSettings, Slowness {
  /** Probability of ever calling one of two equal arms better. */
  readonly alpha: number;
}

export interface Contest {
  /** Arms by team. */
  readonly A: string;
  readonly B: string;
  readonly preference: Preference;
  /** Interleaved answers. */
  shown: number;
}

interface Experiment {
  /** By day and arm. */
  readonly days: Map<number, Map<string, ArmCounts>>;
  /** By the arms. */
  readonly contests: Map<string, Contest>;
}

const DAY_MS = 86_400_000;
export const DAYS_MAX = 35;
/** Beyond these, names are not told apart: somebody configures them, nobody asks for them. */
const EXPERIMENTS_MAX = 64;
const ARMS_MAX = 32;
const SUBJECTS_MAX = 200_000;
const OWNERS: Readonly<Record<string, Owner>> = { A: 'A', B: 'B', '=': 'both', '-': 'none' };
const FROM_MEMORY: ReadonlySet<string> = new Set(['hit', 'stale']);

export class AbTally {
  readonly #settings: TallySettings;
  readonly #experiments = new Map<string, Experiment>();
  readonly #impressions: Impressions;
  readonly #subjects = new Seldom(DAY_MS, SUBJECTS_MAX);
  #sinceMs: number | null = null;

  constructor(settings: TallySettings) {
    this.#settings = settings;
    this.#impressions = new Impressions(settings, (settled) => this.#settle(settled));
  }

  get impressions(): Pick<Impressions, 'size' | 'early'> {
    return this.#impressions;
  }

  /** When the first line was made that counts; null where none has. */
  get sinceMs(): number | null {
    return this.#sinceMs;
  }

  take(line: AbLine): void {
    if (line.kind === 'click') this.click(line.requestId, line, Date.parse(line.time));
    else this.#search(line, Date.parse(line.time));
  }

  click(requestId: string, clicked: Clicked, nowMs: number): ClickVerdict {
    return this.#impressions.click(requestId, clicked, nowMs);
  }

  /** Settles what clicks are no longer waited for. */
  advance(nowMs: number): void {
    this.#impressions.advance(nowMs);
  }

  get experiments(): string[] {
    return [...this.#experiments.keys()];
  }

  /** Arms of an experiment from that moment's day on, UTC; those that are not settled yet count with their impressions only later. */
  armsSince(experiment: string, fromMs: number): Map<string, ArmCounts> {
    const arms = new Map<string, ArmCounts>();
    for (const [day, counted] of this.#experiments.get(experiment)?.days ?? []) {
      if (day < Math.floor(fromMs / DAY_MS)) continue;
      for (const [arm, counts] of counted) {
        const sum = arms.get(arm) ?? new ArmCounts();
        sum.merge(counts);
        arms.set(arm, sum);
      }
    }
    return arms;
  }

  contests(experiment: string): readonly Contest[] {
    return [...(this.#experiments.get(experiment)?.contests.values() ?? [])];
  }

  /** Interleaved answers of these arms on which clicks are waited for, by what they say so far. */
  pending(experiment: string, { A, B }: Pick<Contest, 'A' | 'B'>): Record<'A' | 'B' | 'tie' | 'none', number> {
    const counted = { A: 0, B: 0, tie: 0, none: 0 };
    for (const { interleaved, clicked } of this.#impressions.pending())
      if (interleaved?.experiment === experiment && interleaved.A === A && interleaved.B === B)
        counted[outcomeOfClicks(ownersOf(interleaved), clicked)] += 1;
    return counted;
  }

  #search(line: SearchLine, atMs: number): void {
    if (!isValid(line.outcome) || line.arms.length === 0) return;
    this.#sinceMs ??= atMs;
    const fresh = !FROM_MEMORY.has(line.cache);
    for (const { experiment, arm, comparable } of line.arms)
      this.#countsOf(experiment, arm, atMs)?.add(line, comparable && fresh, this.#settings);
    const { requestId, arms, interleaved, shown, offset = 0, identityHash } = line;
    if (interleaved !== undefined) {
      const contest = this.#contestOf(interleaved);
      if (contest !== null) contest.shown += 1;
    }
    if (shown === undefined || shown.length === 0) return;
    const subject = identityHash === '' ? '' : `${identityHash} ${line.queryHash ?? line.query}`;
    this.#impressions.add({ requestId, arms, interleaved: interleaved ?? null, shown, offset, subject, atMs });
  }

  #settle({ arms, interleaved, subject, clicked, atMs }: Settled): void {
    for (const { experiment, arm, comparable } of arms)
      if (comparable) this.#countsOf(experiment, arm, atMs)?.settle(clicked.size);
    if (interleaved === null) return;
    const outcome = outcomeOfClicks(ownersOf(interleaved), clicked);
    if (outcome === 'none') return;
    // The same list to the same somebody says the same again, and is no second witness.
    if (subject !== '' && !this.#subjects.count(`${interleaved.experiment} ${subject}`, atMs)) return;
    this.#contestOf(interleaved)?.preference.add(outcome);
  }

  #experimentOf(name: string): Experiment | null {
    let experiment = this.#experiments.get(name);
    if (experiment === undefined) {
      if (this.#experiments.size >= EXPERIMENTS_MAX) return null;
      experiment = { days: new Map(), contests: new Map() };
      this.#experiments.set(name, experiment);
    }
    return experiment;
  }

  #countsOf(name: string, arm: string, atMs: number): ArmCounts | null {
    const days = this.#experimentOf(name)?.days;
    if (days === undefined) return null;
    const day = Math.floor(atMs / DAY_MS);
    let counted = days.get(day);
    if (counted === undefined) {
      counted = new Map();
      days.set(day, counted);
      for (const old of days.keys()) if (old <= day - DAYS_MAX) days.delete(old);
    }
    let counts = counted.get(arm);
    if (counts === undefined && counted.size < ARMS_MAX) {
      counts = new ArmCounts();
      counted.set(arm, counts);
    }
    return counts ?? null;
  }

  #contestOf({ experiment, A, B }: Interleaved): Contest | null {
    const contests = this.#experimentOf(experiment)?.contests;
    const key = `${A}\n${B}`;
    let contest = contests?.get(key);
    if (contests !== undefined && contest === undefined && contests.size < ARMS_MAX) {
      contest = { A, B, preference: new Preference(this.#settings.alpha), shown: 0 };
      contests.set(key, contest);
    }
    return contest ?? null;
  }
}

const ownersOf = ({ teams }: Interleaved): Owner[] => Array.from(teams, (letter) => OWNERS[letter] ?? 'none');
