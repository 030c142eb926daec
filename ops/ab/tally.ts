/**
 * What do the lines of `ab_metrics.jsonl` add up to? Takes them in their order, live as they are made or read back after a restart,
 * and keeps counts by experiment, arm and day, what was shown of late, and the evidence of the clicks on interleaved answers.
 */
import { type Owner, outcomeOfClicks, Preference, Seldom } from '../canary/index.ts';
import { isValid } from '../sample.ts';
import { ArmCounts, type Slowness } from './arm-counts.ts';
import { type Clicked, type ClickVerdict, type ImpressionSettings, Impressions, type Settled } from './impressions.ts';
import type { AbLine, ArmTaken, Interleaved, SearchLine } from './line.ts';
import type { Totals } from './totals.ts';

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
  readonly run: string;
  /** When its first line was made. */
  readonly sinceMs: number;
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
  /** What is in the totals that were taken over; nothing where none were. */
  #restored = { untilMs: Number.NEGATIVE_INFINITY, openFromMs: Number.NEGATIVE_INFINITY };

  constructor(settings: TallySettings) {
    this.#settings = settings;
    this.#impressions = new Impressions(settings, (settled) => this.#settle(settled));
  }

  /** How many answers clicks are waited for on, and whether on this one. */
  get impressions(): Pick<Impressions, 'size' | 'early' | 'has'> {
    return this.#impressions;
  }

  /** When the first line was made that counts; null where none has. */
  get sinceMs(): number | null {
    return this.#sinceMs;
  }

  take(line: AbLine): void {
    const atMs = Date.parse(line.time);
    if (line.kind === 'click') this.click(line.requestId, line, atMs);
    else if (isValid(line.outcome) && line.arms.length > 0) {
      this.#count(line, atMs);
      this.#show(line, atMs);
    }
  }

  /** Of the lines of the past, from when they are needed: what is older is in the totals that were restored. */
  get neededFromMs(): number {
    const { untilMs, openFromMs } = this.#restored;
    return Math.min(untilMs, openFromMs);
  }

  /** Takes a line of the past, as far as the totals that were restored do not have it. */
  takeAgain(line: AbLine): void {
    const atMs = Date.parse(line.time);
    const { untilMs, openFromMs } = this.#restored;
    if (atMs > untilMs || line.kind === 'click') this.take(line);
    else if (atMs >= openFromMs) this.#show(line, atMs);
  }

  /** @param nowMs up to which all lines were taken */
  totals(nowMs: number): Totals {
    this.advance(nowMs);
    const experiments = [...this.#experiments].map(([name, { run, sinceMs, days, contests }]) => [
      name,
      {
        run,
        sinceMs,
        days: Object.fromEntries(
          [...days].map(([day, arms]) => [
            day,
            Object.fromEntries([...arms].map(([arm, { record }]) => [arm, record])),
          ]),
        ),
        contests: [...contests.values()].map(({ preference, ...rest }) => ({ ...rest, preference: preference.record })),
      },
    ]);
    return {
      version: 1,
      sinceMs: this.#sinceMs ?? nowMs,
      untilMs: nowMs,
      openFromMs: this.#impressions.oldestMs ?? nowMs,
      experiments: Object.fromEntries(experiments),
    };
  }

  /** Into a new one, before any line is taken. */
  restore({ sinceMs, untilMs, openFromMs, experiments }: Totals): void {
    this.#restored = { untilMs, openFromMs };
    const { alpha } = this.#settings;
    for (const [name, { days, contests, ...begun }] of Object.entries(experiments)) {
      this.#sinceMs = sinceMs;
      this.#experiments.set(name, {
        ...begun,
        days: new Map(
          Object.entries(days).map(([day, arms]) => [
            Number(day),
            new Map(Object.entries(arms).map(([arm, record]) => [arm, ArmCounts.of(record)])),
          ]),
        ),
        contests: new Map(
          contests.map(({ A, B, shown, preference }) => [
            keyOf({ A, B }),
            { A, B, shown, preference: new Preference(alpha, preference) },
          ]),
        ),
      });
    }
  }

  click(requestId: string, clicked: Clicked, nowMs: number): ClickVerdict {
    return this.#impressions.click(requestId, clicked, nowMs);
  }

  /** Settles what clicks are no longer waited for. */
  advance(nowMs: number): void {
    this.#impressions.advance(nowMs);
  }

  /** The run of each that is counted, and since when. */
  get experiments(): { name: string; run: string; sinceMs: number }[] {
    return [...this.#experiments].map(([name, { run, sinceMs }]) => ({ name, run, sinceMs }));
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
    const run = this.#experiments.get(experiment)?.run;
    for (const { arms, interleaved, clicked } of this.#impressions.pending())
      if (
        interleaved?.experiment === experiment &&
        interleaved.A === A &&
        interleaved.B === B &&
        runOf(experiment, arms) === run
      )
        counted[outcomeOfClicks(ownersOf(interleaved), clicked)] += 1;
    return counted;
  }

  #count(line: SearchLine, atMs: number): void {
    this.#sinceMs ??= atMs;
    const fresh = !FROM_MEMORY.has(line.cache);
    for (const { experiment, run, arm, comparable } of line.arms) {
      const begun = this.#begun(experiment, run, atMs);
      if (begun !== null) countsOf(begun, arm, atMs)?.add(line, comparable && fresh, this.#settings);
    }
    const contest = line.interleaved === undefined ? null : this.#contestOf(line.interleaved, line.arms);
    if (contest !== null) contest.shown += 1;
  }

  #show({ requestId, arms, interleaved, shown, offset = 0, ...line }: SearchLine, atMs: number): void {
    if (shown === undefined || shown.length === 0) return;
    const subject = line.identityHash === '' ? '' : `${line.identityHash} ${line.queryHash ?? line.query}`;
    this.#impressions.add({ requestId, arms, interleaved: interleaved ?? null, shown, offset, subject, atMs });
  }

  #settle({ arms, interleaved, subject, clicked, atMs }: Settled): void {
    for (const { experiment, run, arm, comparable } of arms) {
      const going = this.#ofRun(experiment, run);
      if (going !== null && comparable) countsOf(going, arm, atMs)?.settle(clicked.size);
    }
    if (interleaved === null || clicked.size === 0) return;
    const outcome = outcomeOfClicks(ownersOf(interleaved), clicked);
    if (outcome === 'none') return;
    // The same list to the same somebody says the same again, and is no second witness.
    if (subject !== '' && !this.#subjects.count(`${interleaved.experiment} ${subject}`, atMs)) return;
    this.#contestOf(interleaved, arms)?.preference.add(outcome);
  }

  /** Begins anew where the experiment has. */
  #begun(name: string, run: string, atMs: number): Experiment | null {
    const going = this.#ofRun(name, run);
    if (going !== null) return going;
    if (!this.#experiments.has(name) && this.#experiments.size >= EXPERIMENTS_MAX) return null;
    const begun = { run, sinceMs: atMs, days: new Map(), contests: new Map() };
    this.#experiments.set(name, begun);
    return begun;
  }

  /** Null where another run of it is going on, or none. */
  #ofRun(name: string, run: string): Experiment | null {
    const going = this.#experiments.get(name);
    return going?.run === run ? going : null;
  }

  #contestOf(interleaved: Interleaved, arms: readonly ArmTaken[]): Contest | null {
    const { experiment, A, B } = interleaved;
    const contests = this.#ofRun(experiment, runOf(experiment, arms))?.contests;
    const key = keyOf({ A, B });
    let contest = contests?.get(key);
    if (contests !== undefined && contest === undefined && contests.size < ARMS_MAX) {
      contest = { A, B, preference: new Preference(this.#settings.alpha), shown: 0 };
      contests.set(key, contest);
    }
    return contest ?? null;
  }
}

const runOf = (experiment: string, arms: readonly ArmTaken[]): string =>
  arms.find((one) => one.experiment === experiment)?.run ?? '';

function countsOf({ days }: Experiment, arm: string, atMs: number): ArmCounts | null {
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

const keyOf = ({ A, B }: Pick<Contest, 'A' | 'B'>): string => `${A}\n${B}`;

const ownersOf = ({ teams }: Interleaved): Owner[] => Array.from(teams, (letter) => OWNERS[letter] ?? 'none');
