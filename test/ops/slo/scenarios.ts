/** Days that Prometheus and we both watch: requests as they came, and the counters that a scrape read of them. */
import type { Outcome } from '../../../ops/sample.ts';
import { type Requests, randomOf } from './traffic.ts';

export interface Plan {
  readonly name: string;
  /** Between two scrapes. */
  readonly stepS: number;
  readonly steps: number;
  /** Steps between two evaluations of the rules: each costs promtool some milliseconds. */
  readonly every: number;
  /** Requests a step. */
  readonly rate: (step: number) => number;
  /** Share of them that fails, and of the answered ones that are slow. */
  readonly bad: (step: number) => number;
  readonly slow: (step: number) => number;
  /** Steps without a process: no requests, no scrapes; from `to` on its counters begin anew. */
  readonly down: readonly { readonly from: number; readonly to: number }[];
}

export interface Scenario {
  readonly plan: Plan;
  readonly requests: readonly Requests[];
  /** Of each series, what each scrape read; null where there was none. */
  readonly counters: ReadonlyMap<string, readonly (number | null)[]>;
}

const HOUR = 60;
const between = (low: number, high: number, inside: number, outside: number) => (step: number) =>
  step >= low && step < high ? inside : outside;
const always = (value: number) => () => value;
const base = {
  stepS: 60,
  steps: 6 * HOUR,
  every: 10,
  rate: always(80),
  bad: always(0.001),
  slow: always(0.01),
  down: [],
};

export const PLANS: readonly Plan[] = [
  { ...base, name: 'calm', steps: 2 * HOUR },
  {
    ...base,
    name: 'outage of ten minutes, an hour of slowness, and recovery',
    bad: between(120, 130, 1, 0.001),
    slow: between(180, 240, 0.9, 0.005),
  },
  { ...base, name: '2 % for hours', bad: between(60, 330, 0.02, 0) },
  { ...base, name: 'low traffic', rate: always(0.2), bad: always(0.15), slow: always(0.3) },
  { ...base, name: 'nobody asks for an hour', rate: between(150, 215, 0, 30), bad: always(0.05) },
  {
    ...base,
    name: 'restarts in the middle of trouble',
    bad: between(100, 190, 0.3, 0.002),
    down: [
      { from: 130, to: 140 },
      { from: 240, to: 300 },
    ],
  },
  {
    ...base,
    name: 'four days with a long, slow fire',
    stepS: 300,
    steps: 4 * 24 * 12,
    every: 16,
    rate: always(60),
    bad: between(200, 900, 0.012, 0.0005),
    slow: between(500, 700, 0.2, 0.02),
    down: [{ from: 600, to: 630 }],
  },
];

const BAD: readonly Outcome[] = ['shed', 'deadline', 'failed'];
const ENDPOINTS = ['/search', '/search/batch#query', '/stats/slo'];
/** Of the buckets of /metrics, those at the thresholds and one on either side of each. */
const BOUNDS_S = [0.4, 0.8, 1, 2, 5, Infinity];

/** Requests at random within each step, by the plan. */
export function play(plan: Plan, seed: number): Scenario {
  const random = randomOf(seed);
  const requests: Requests[] = [];
  const tally = new Counters();
  for (let step = 0; step < plan.steps; step++) {
    const down = plan.down.find(({ from, to }) => step >= from && step < to);
    if (down === undefined) for (const one of stepOf(plan, step, random)) requests.push(tally.take(one));
    // The scrape at the end of the step; when the process comes back, its first one reads zeros.
    if (down === undefined) tally.scrape();
    else if (step + 1 === down.to) tally.restart();
    else tally.miss();
  }
  return { plan, requests, counters: tally.series };
}

/** All in one slot of 10 s somewhere in the step, so that there are no more intervals than scrapes. */
function* stepOf(plan: Plan, step: number, random: () => number): Generator<Requests> {
  const pick = <One>(list: readonly One[]): One => list[Math.floor(random() * list.length)]!;
  const mean = plan.rate(step);
  const count = Math.floor(mean) + (random() < mean % 1 ? 1 : 0);
  const timeMs = (step + random()) * plan.stepS * 1000;
  for (let at = 0; at < count; at++) {
    const outcome = random() < 0.1 ? 'invalid' : random() < plan.bad(step) ? pick(BAD) : 'answered';
    const ms = random() < plan.slow(step) ? pick([900, 1900, 2100, 6000]) : pick([5, 60, 700]);
    yield { timeMs, endpoint: pick(ENDPOINTS), outcome, ms, count: 1 };
  }
}

const requestsOf = (endpoint: string, outcome: Outcome): string =>
  `wp_chat_requests_total{endpoint="${endpoint}",outcome="${outcome}"}`;
/** Whole seconds both as OpenMetrics writes them, 2.0, and as the text format does, 2. */
function bucketOf(endpoint: string, outcome: Outcome, bound: number): string {
  const le = bound === Infinity ? '+Inf' : endpoint === '/search' && bound % 1 === 0 ? `${bound}.0` : `${bound}`;
  return `wp_chat_request_duration_seconds_bucket{endpoint="${endpoint}",outcome="${outcome}",le="${le}"}`;
}

class Counters {
  readonly series = new Map<string, (number | null)[]>();
  readonly #now = new Map<string, number>();

  constructor() {
    for (const endpoint of ENDPOINTS) {
      for (const outcome of [...BAD, 'invalid', 'answered'] as const) {
        this.#now.set(requestsOf(endpoint, outcome), 0);
        for (const bound of BOUNDS_S) this.#now.set(bucketOf(endpoint, outcome, bound), 0);
      }
    }
    for (const name of this.#now.keys()) this.series.set(name, [0]);
  }

  take(one: Requests): Requests {
    const { endpoint, outcome, ms } = one;
    const add = (name: string): void => void this.#now.set(name, this.#now.get(name)! + one.count);
    add(requestsOf(endpoint, outcome));
    for (const bound of BOUNDS_S) if (ms <= bound * 1000) add(bucketOf(endpoint, outcome, bound));
    return one;
  }

  scrape(): void {
    for (const [name, values] of this.series) values.push(this.#now.get(name)!);
  }

  restart(): void {
    for (const name of this.series.keys()) this.#now.set(name, 0);
    this.scrape();
  }

  miss(): void {
    for (const values of this.series.values()) values.push(null);
  }
}
