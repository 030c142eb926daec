/** How long does anybody go on getting the canary after an emergency stop? Callers that ask again at once keep every worker busy. */
import { setTimeout as pause } from 'node:timers/promises';
import { randomOf } from '../../ops/capacity/random.ts';
import { percentile } from '../harness/index.ts';
import { Client } from './client.ts';

export interface KillPlan {
  readonly callers: number;
  readonly stops: number;
  readonly queries: readonly string[];
  readonly seed: number;
}

export interface KillScenario {
  readonly name: string;
  readonly experiment: string;
  /** What the canary is, beside a share of 100 %. */
  readonly enable: object;
  /** Of each request, beside its query. */
  readonly parameters: string;
  /** What is as it was before. */
  readonly end: 'disable' | 'promote';
}

export interface Killed {
  readonly scenario: string;
  readonly stops: number;
  readonly answersPerSecond: number;
  /** Until the stop was answered. */
  readonly answeredMs: Spread;
  /** Until the last answer of the canary, from when the stop was sent, and from its answer; 0 where none came later. */
  readonly fromSendingMs: Spread;
  readonly fromAnswerMs: Spread;
  /** Answers of the canary that came after the stop was answered, most of all stops. */
  readonly lateMax: number;
}

export interface Spread {
  readonly p50: number;
  readonly max: number;
}

export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), max: sorted.at(-1)! };
};

const SETTLE_MS = 100;
const QUIET_MS = 250;
const GIVE_UP_MS = 30_000;

/** @throws where the canary is given to nobody, or does not end */
export async function measureKill(url: string, scenario: KillScenario, plan: KillPlan): Promise<Killed> {
  const { experiment, enable } = scenario;
  const client = new Client(url, experiment);
  await client.act('/admin/canary/enable', { experiment, percentage: 100, holdBackPercent: 0, ...enable });
  const load = new Load(client, scenario, plan);
  const random = randomOf(plan.seed);
  const stops: Stop[] = [];
  try {
    for (let round = 0; round < plan.stops; round++) {
      await load.busyWithCanaries();
      await pause(SETTLE_MS * random.next());
      stops.push(await stopOnce(client, load));
      await client.act('/admin/canary/clear-emergency', { restore: true });
    }
  } finally {
    await load.end();
  }
  await client.act(`/admin/canary/${scenario.end}`, { experiment });
  client.close();
  const of = (take: (stop: Stop) => number): Spread => spreadOf(stops.map(take));
  return {
    scenario: scenario.name,
    stops: stops.length,
    answersPerSecond: load.perSecond,
    answeredMs: of(({ sentMs, answeredMs }) => answeredMs - sentMs),
    fromSendingMs: of(({ sentMs, canariesMs }) => Math.max(0, ...canariesMs.map((atMs) => atMs - sentMs))),
    fromAnswerMs: of(({ answeredMs, canariesMs }) => Math.max(0, ...canariesMs.map((atMs) => atMs - answeredMs))),
    lateMax: Math.max(
      ...stops.map(({ answeredMs, canariesMs }) => canariesMs.filter((atMs) => atMs > answeredMs).length),
    ),
  };
}

interface Stop {
  readonly sentMs: number;
  readonly answeredMs: number;
  /** When the answers of the canary came, from when the stop was sent on. */
  readonly canariesMs: readonly number[];
}

async function stopOnce(client: Client, load: Load): Promise<Stop> {
  load.forget();
  const sentMs = performance.now();
  await client.act('/admin/canary/emergency-stop', { reason: 'measured' });
  const answeredMs = performance.now();
  await load.allAskedSince(answeredMs);
  await load.quietSince(answeredMs);
  return { sentMs, answeredMs, canariesMs: load.canariesMs };
}

/** So many callers, each of whom asks something new as soon as he is answered. */
class Load {
  canariesMs: number[] = [];
  readonly #callers: Promise<void>[];
  /** When the question was sent that each caller was answered last. */
  readonly #askedMs: number[];
  readonly #beganMs = performance.now();
  #answered = 0;
  #ends = false;

  constructor(client: Client, { parameters }: KillScenario, { callers, queries }: KillPlan) {
    this.#askedMs = Array.from({ length: callers }, () => 0);
    let serial = 0;
    this.#callers = this.#askedMs.map(async (_, caller) => {
      while (!this.#ends) {
        serial += 1;
        const askedMs = performance.now();
        const query = encodeURIComponent(`${queries[serial % queries.length]} ${serial}`);
        const { canary, atMs } = await client.search(`/search?q=${query}&${parameters}`, `caller-${caller}`);
        this.#askedMs[caller] = askedMs;
        this.#answered += 1;
        if (canary) this.canariesMs.push(atMs);
      }
    });
  }

  get perSecond(): number {
    return (1000 * this.#answered) / (performance.now() - this.#beganMs);
  }

  forget(): void {
    this.canariesMs = [];
  }

  /** Resolves when each caller has had the canary twice, on average. */
  busyWithCanaries(): Promise<void> {
    this.forget();
    return until(() => this.canariesMs.length >= 2 * this.#callers.length, 'nobody is given the canary');
  }

  /** Resolves when nobody waits any more for what he asked before that moment. */
  allAskedSince(sinceMs: number): Promise<void> {
    return until(() => this.#askedMs.every((askedMs) => askedMs > sinceMs), 'questions are not answered');
  }

  /** Resolves when nobody has had the canary for a while. */
  quietSince(sinceMs: number): Promise<void> {
    const lastMs = (): number => Math.max(sinceMs, ...this.canariesMs.slice(-1));
    return until(() => performance.now() - lastMs() > QUIET_MS, 'the canary is given all the same');
  }

  async end(): Promise<void> {
    this.#ends = true;
    await Promise.all(this.#callers);
  }
}

async function until(isSo: () => boolean, otherwise: string): Promise<void> {
  const startMs = performance.now();
  while (!isSo()) {
    if (performance.now() - startMs > GIVE_UP_MS) throw new Error(`After ${GIVE_UP_MS / 1000} s ${otherwise}`);
    await pause(2);
  }
}
