/**
 * Does anybody who is on the control notice that the canary breaks, and how soon is it rolled back? Requests come when they are due, whatever
 * the server does, each of somebody else; latency from when each was due.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { randomOf } from '../../ops/capacity/random.ts';
import { percentile } from '../harness/index.ts';
import { Client } from './client.ts';

export interface FaultPlan {
  readonly perSecond: number;
  /** Before the fault, from it on, and after it. */
  readonly phaseSeconds: number;
  readonly rounds: number;
  readonly queries: readonly string[];
  readonly seed: number;
}

export interface FaultScenario {
  readonly name: string;
  readonly fault: { readonly kind: 'throw' | 'hang' | 'slow' | 'nan'; readonly ms?: number };
}

export interface Phase {
  readonly requests: number;
  /** Not 200, or less than was asked for because something failed. */
  readonly failedShare: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Broken {
  readonly scenario: string;
  /** Of those on the control, all rounds together. */
  readonly before: Phase;
  readonly during: Phase;
  readonly after: Phase;
  /** By round: from the fault to the roll-back, and answers of the canary in between. */
  readonly rolledBackMs: readonly number[];
  readonly canaryRequests: readonly number[];
  readonly reasons: readonly string[];
}

const EXPERIMENT = 'tried';
const PERCENTAGE = 50;
const LOOK_MS = 20;
const ROLL_BACK_MS_MAX = 60_000;

export async function measureFault(
  url: string,
  { name, fault }: FaultScenario,
  reranker: string,
  plan: FaultPlan,
): Promise<Broken> {
  const client = new Client(url, EXPERIMENT);
  const controls: Record<'before' | 'during' | 'after', Told[]> = { before: [], during: [], after: [] };
  const rolledBackMs: number[] = [];
  const canaryRequests: number[] = [];
  const reasons: string[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    await client.act('/admin/canary/enable', { experiment: EXPERIMENT, percentage: PERCENTAGE, canary: { reranker } });
    const people = await peopleOf(client, round);
    const load = new OpenLoad(client, plan, people, plan.seed + round);
    await load.run(1);
    controls.before.push(...ofControl(await load.run(plan.phaseSeconds)));
    const { variants } = await stateOf(client);
    await client.act('/admin/faults', { faults: [{ target: 'reranker', variant: variants.canary, ...fault }] });
    const sinceMs = Date.now();
    const until = rolledBack(client);
    const during = await load.run(plan.phaseSeconds, until);
    const { last } = await until;
    const tookMs = Math.max(0, Date.parse(last.at) - sinceMs);
    controls.during.push(...ofControl(during));
    rolledBackMs.push(tookMs);
    reasons.push(last.reason);
    canaryRequests.push(during.filter(({ canary, wallMs }) => canary && wallMs <= sinceMs + tookMs).length);
    await client.act('/admin/faults', { faults: [] });
    controls.after.push(...ofControl(await load.run(plan.phaseSeconds)));
    await client.act('/admin/canary/disable', { experiment: EXPERIMENT, forget: true });
  }
  client.close();
  const { before, during, after } = controls;
  return {
    scenario: name,
    ...{ before: phaseOf(before), during: phaseOf(during), after: phaseOf(after) },
    ...{ rolledBackMs, canaryRequests, reasons },
  };
}

interface One {
  readonly name: string;
  readonly phase: string;
  readonly variants: { readonly canary: string };
  readonly last: { readonly at: string; readonly reason: string };
}

const stateOf = async (client: Client): Promise<One> =>
  (await client.look<{ experiments: One[] }>(`/admin/canary/status?experiment=${EXPERIMENT}`)).experiments[0]!;

async function rolledBack(client: Client): Promise<One> {
  for (let waitedMs = 0; waitedMs < ROLL_BACK_MS_MAX; waitedMs += LOOK_MS) {
    const one = await stateOf(client);
    if (one.phase === 'rolled_back') return one;
    await pause(LOOK_MS);
  }
  throw new Error(`The canary was not rolled back in ${ROLL_BACK_MS_MAX / 1000} s`);
}

interface Person {
  readonly userId: string;
  readonly isControl: boolean;
}

const PEOPLE = 600;

/** Whose arms are known before anything goes wrong: afterwards everybody is on the control. */
async function peopleOf(client: Client, round: number): Promise<Person[]> {
  const people: Person[] = [];
  for (let at = 0; at < PEOPLE; at++) {
    const userId = `person-${round}-${at}`;
    const { value } = await client.act<{ value: boolean }>(`/ofrep/v1/evaluate/flags/${EXPERIMENT}`, {
      context: { targetingKey: userId },
    });
    people.push({ userId, isControl: !value });
  }
  return people;
}

interface Told {
  readonly isControl: boolean;
  readonly canary: boolean;
  readonly whole: boolean;
  readonly tookMs: number;
  /** When it was answered, milliseconds since the epoch. */
  readonly wallMs: number;
}

const ofControl = (told: readonly Told[]): Told[] => told.filter(({ isControl }) => isControl);

class OpenLoad {
  readonly #client: Client;
  readonly #plan: FaultPlan;
  readonly #people: readonly Person[];
  readonly #random: () => number;
  #serial = 0;

  constructor(client: Client, plan: FaultPlan, people: readonly Person[], seed: number) {
    this.#client = client;
    this.#plan = plan;
    this.#people = people;
    this.#random = randomOf(seed).next;
    this.#serial = seed * 100_000;
  }

  /** So long, and until that is over. Resolves when all that was asked is answered. */
  async run(seconds: number, over: Promise<unknown> = Promise.resolve()): Promise<Told[]> {
    const { perSecond } = this.#plan;
    let isOver = false;
    void over.finally(() => {
      isOver = true;
    });
    const asked: Promise<Told>[] = [];
    const startMs = performance.now();
    for (let dueMs = startMs; dueMs - startMs < seconds * 1000 || !isOver; ) {
      dueMs += (-Math.log(1 - this.#random()) * 1000) / perSecond;
      await pause(Math.max(0, dueMs - performance.now()));
      asked.push(this.#ask(dueMs));
    }
    return Promise.all(asked);
  }

  async #ask(dueMs: number): Promise<Told> {
    const { queries } = this.#plan;
    const serial = this.#serial++;
    const { userId, isControl } = this.#people[serial % this.#people.length]!;
    const query = encodeURIComponent(`${queries[serial % queries.length]} ${serial}`);
    const { canary, whole, atMs } = await this.#client.search(`/search?q=${query}&topk=5`, userId);
    return { isControl, canary, whole, tookMs: atMs - dueMs, wallMs: Date.now() };
  }
}

function phaseOf(told: readonly Told[]): Phase {
  const sorted = told.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return {
    requests: told.length,
    failedShare: told.filter(({ whole }) => !whole).length / told.length,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
  };
}
