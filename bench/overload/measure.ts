/** What is answered in time when more is asked than can be done? Open loop, latency from the intended start. */
import { decodePayload } from '../../ops/capacity/hlog/index.ts';
import { type Generator, loopbackTarget, openGenerator, type SweepStep } from '../../ops/capacity/sweep/index.ts';
import { percentile } from '../harness/index.ts';
import type { SampleSite } from '../sample-site.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { recoveryMs, watch } from './operator.ts';
import type { Scenario } from './scenarios.ts';

export interface OverloadPlan {
  readonly site: SampleSite;
  readonly seconds: number;
  /** How often each multiple is offered, in turn with the others; odd. */
  readonly rounds: number;
  /** Multiples of the capacity that are offered, ascending. */
  readonly factors: readonly number[];
  /** Answers later than this are none. */
  readonly deadlineMs: number;
  readonly seed: number;
}

/** The round with the median of what was good; of the operator's waits and the recoveries, the longest of all rounds. */
export interface Offered {
  readonly factor: number;
  readonly offeredPerSecond: number;
  /** Answered before the deadline, a second. */
  readonly goodPerSecond: number;
  /** Of those, with less than was asked for. */
  readonly degradedShare: number;
  /** Of what was sent. */
  readonly refusedShare: number;
  readonly unansweredShare: number;
  /** Of what was let in; who got no answer counts at the deadline. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly operatorP99Ms: number;
  readonly operatorMaxMs: number;
  readonly rungMax: number;
  /** After the load, until answers were whole and the first rung was reached. */
  readonly recoveryMs: number;
  readonly generatorLagMsP99: number;
}

export interface Measured {
  readonly scenario: string;
  readonly about: string;
  /** Whole answers a second that two callers in a closed loop got from a server that lets all in. */
  readonly capacityPerSecond: number;
  readonly offered: readonly Offered[];
}

const MS_PER_NS = 1e-6;
const CLOSED_CALLERS = 2;
let serial = 0;
/** A query that nobody has asked. */
const fresh = ({ site }: OverloadPlan, { parameters }: Scenario): string => {
  const { queries } = site;
  serial += 1;
  return `/search?q=${encodeURIComponent(`${queries[serial % queries.length]} ${serial}`)}&${parameters}`;
};

export async function measure(
  scenario: Scenario,
  plan: OverloadPlan,
  said: (offered: Offered) => void,
): Promise<Measured> {
  const capacityPerSecond = await capacityOf(scenario, plan);
  const server = await serve(plan, ['server.overload.enabled=true', ...scenario.set]);
  const generator = openGenerator();
  try {
    const rounds: Offered[] = [];
    for (let round = 0; round < plan.rounds; round++) {
      for (const factor of plan.factors) {
        const perSecond = factor * capacityPerSecond;
        const seed = plan.seed + 1000 * round + Math.round(factor * 10);
        rounds.push(await offer(scenario, plan, { server, generator, factor, perSecond, seed }));
        said(rounds.at(-1)!);
      }
    }
    const offered = plan.factors.map((factor) => middle(rounds.filter((one) => one.factor === factor)));
    return { scenario: scenario.name, about: scenario.about, capacityPerSecond, offered };
  } finally {
    generator.close();
    await server.stop();
  }
}

function middle(rounds: readonly Offered[]): Offered {
  const sorted = [...rounds].sort((a, b) => a.goodPerSecond - b.goodPerSecond);
  const most = (of: (one: Offered) => number): number => Math.max(...rounds.map(of));
  return {
    ...sorted[sorted.length >> 1]!,
    operatorP99Ms: most((one) => one.operatorP99Ms),
    operatorMaxMs: most((one) => one.operatorMaxMs),
    rungMax: most((one) => one.rungMax),
    recoveryMs: most((one) => one.recoveryMs),
  };
}

const serve = ({ site, deadlineMs }: OverloadPlan, set: readonly string[]): Promise<ServerProcess> =>
  startServer({ configFile: null, set: [] }, site, ['server.workers=1', `server.deadlineMs=${deadlineMs}`, ...set]);

async function capacityOf(scenario: Scenario, plan: OverloadPlan): Promise<number> {
  const server = await serve({ ...plan, deadlineMs: 60_000 }, []);
  const url = `http://127.0.0.1:${server.port}`;
  const ask = async (): Promise<void> => {
    const response = await fetch(`${url}${fresh(plan, scenario)}`);
    if (response.status !== 200) throw new Error(`Status ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
  };
  try {
    for (let n = 0; n < 5; n++) await ask();
    const startMs = performance.now();
    let answered = 0;
    const caller = async (): Promise<void> => {
      while (performance.now() - startMs < plan.rounds * plan.seconds * 1000) {
        await ask();
        answered += 1;
      }
    };
    await Promise.all(Array.from({ length: CLOSED_CALLERS }, caller));
    return (answered * 1000) / (performance.now() - startMs);
  } finally {
    await server.stop();
  }
}

interface Offering {
  readonly server: ServerProcess;
  readonly generator: Generator;
  readonly factor: number;
  readonly perSecond: number;
  readonly seed: number;
}

async function offer(scenario: Scenario, plan: OverloadPlan, offering: Offering): Promise<Offered> {
  const { server, generator, factor, perSecond, seed } = offering;
  const url = `http://127.0.0.1:${server.port}`;
  const endWatch = watch(url);
  const step = await generator.run({
    target: loopbackTarget(url),
    queries: plan.site.queries,
    fresh: 1,
    parameters: scenario.parameters,
    arrivals: 'poisson',
    perSecond,
    seconds: plan.seconds,
    deadlineMs: plan.deadlineMs,
    slices: 1,
    seed,
  });
  const recovered = recoveryMs(url, fresh(plan, scenario));
  const { waitsMs, rungs } = await endWatch();
  return {
    ...offeredOf(step, factor),
    ...operatorOf(waitsMs),
    rungMax: Math.max(...rungs),
    recoveryMs: await recovered,
  };
}

const operatorOf = (waitsMs: readonly number[]): Pick<Offered, 'operatorP99Ms' | 'operatorMaxMs'> => ({
  operatorP99Ms: percentile(
    [...waitsMs].sort((a, b) => a - b),
    0.99,
  ),
  operatorMaxMs: Math.max(...waitsMs),
});

function offeredOf(step: SweepStep, factor: number) {
  const total = decodePayload(step.slices[0]!.histograms.total!).scaled(MS_PER_NS);
  const refused = Object.values(step.failed).reduce((sum, count) => sum + count, 0);
  return {
    factor,
    offeredPerSecond: step.sent / step.seconds,
    goodPerSecond: step.answered / step.seconds,
    degradedShare: step.answered === 0 ? 0 : step.degraded / step.answered,
    refusedShare: refused / step.sent,
    unansweredShare: step.unanswered / step.sent,
    p50Ms: total.atPercentile(50),
    p99Ms: total.atPercentile(99),
    generatorLagMsP99: step.lagMsP99,
  };
}
