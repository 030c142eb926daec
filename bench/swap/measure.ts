/** What does it cost those who ask meanwhile that the index is exchanged? Open loop, latency from the intended start. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodePayload } from '../../ops/capacity/hlog/index.ts';
import { type Generator, loopbackTarget, openGenerator } from '../../ops/capacity/sweep/index.ts';
import { buildSample, type SampleSite } from '../sample-site.ts';
import { type ServerProcess, startServer } from '../server-process.ts';

export interface SwapPlan {
  readonly site: SampleSite;
  readonly perSecond: number;
  readonly swaps: number;
  /** From one to the next. */
  readonly everyMs: number;
  readonly seed: number;
}

export interface Scenario {
  readonly name: string;
  /** Of each request, beside its query. */
  readonly parameters: string;
  readonly workers: number;
}

export interface Waited {
  readonly sent: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Measured {
  readonly scenario: Scenario;
  readonly before: Waited;
  readonly during: Waited;
  /** Until queries went to the other index, ascending. */
  readonly tookMs: readonly number[];
  /** From then until the old one was given back, ascending. */
  readonly leftMs: readonly number[];
  /** Of the process: before the first swap, and after the last. */
  readonly rssBytes: { readonly before: number; readonly after: number };
}

const MS_PER_NS = 1e-6;
const LOOK_MS = 5;

interface Loaded {
  readonly plan: SwapPlan;
  readonly scenario: Scenario;
  readonly server: ServerProcess;
  readonly generator: Generator;
}

export async function measure(scenario: Scenario, plan: SwapPlan): Promise<Measured> {
  const settings = [`server.workers=${scenario.workers}`, 'index.watchMs=0'];
  const server = await startServer({ configFile: null, set: [] }, plan.site, settings);
  const generator = openGenerator();
  const loaded = { plan, scenario, server, generator };
  try {
    await offer(loaded, 2);
    const seconds = Math.ceil((plan.swaps * plan.everyMs) / 1000);
    const before = await offer(loaded, seconds);
    const rssBefore = rssBytesOf(server.pid);
    const [during, { tookMs, leftMs }] = await Promise.all([offer(loaded, seconds), swaps(loaded)]);
    const rssBytes = { before: rssBefore, after: rssBytesOf(server.pid) };
    return { scenario, before, during, tookMs, leftMs, rssBytes };
  } finally {
    generator.close();
    await server.stop();
  }
}

async function offer({ plan, scenario, server, generator }: Loaded, seconds: number): Promise<Waited> {
  const step = await generator.run({
    target: loopbackTarget(`http://127.0.0.1:${server.port}`),
    queries: plan.site.queries,
    fresh: 1,
    parameters: scenario.parameters,
    arrivals: 'poisson',
    perSecond: plan.perSecond,
    seconds,
    deadlineMs: 10_000,
    slices: 1,
    seed: plan.seed,
  });
  const total = decodePayload(step.slices[0]!.histograms.total!).scaled(MS_PER_NS);
  const refused = Object.values(step.failed).reduce((sum, count) => sum + count, 0);
  return {
    sent: step.sent,
    failed: refused + step.unanswered,
    p50Ms: total.atPercentile(50),
    p99Ms: total.atPercentile(99),
    maxMs: total.atPercentile(100),
  };
}

/** From one index to the other and back. */
async function swaps({ plan, server }: Loaded): Promise<Pick<Measured, 'tookMs' | 'leftMs'>> {
  const url = `http://127.0.0.1:${server.port}/admin/index`;
  const names = (await status(url)).generations;
  const tookMs: number[] = [];
  const leftMs: number[] = [];
  for (let n = 0; n < plan.swaps; n++) {
    const startMs = performance.now();
    const body = JSON.stringify({ generation: names[n % 2 === 0 ? 0 : 1] });
    const response = await fetch(`${url}/swap`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (response.status !== 200) throw new Error(`Swap ${n} answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
    const servesMs = performance.now();
    tookMs.push(servesMs - startMs);
    while ((await status(url)).swap !== null) await pause(LOOK_MS);
    leftMs.push(performance.now() - servesMs);
    await pause(Math.max(0, plan.everyMs - (performance.now() - startMs)));
  }
  const ascending = (a: number, b: number): number => a - b;
  return { tookMs: tookMs.sort(ascending), leftMs: leftMs.sort(ascending) };
}

interface Status {
  readonly generations: readonly string[];
  readonly swap: object | null;
}

const status = async (url: string): Promise<Status> => (await (await fetch(`${url}/status`)).json()) as Status;

const rssBytesOf = (pid: number): number =>
  1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);

/** The site with a second index beside the one that it has: half of its posts. */
export function withHalf(site: SampleSite): SampleSite {
  rmSync(join(site.index, 'source'), { recursive: true });
  buildSample({ configFile: null, set: [] }, site.index, Math.floor(site.posts / 2));
  return site;
}
