/**
 * How many queries a second does the server answer, how soon, and what share of each library's own limit is that?
 *
 * Measured: the real server process over loopback HTTP with keep-alive, asked by a client process, in four modes, closed
 * loop at each number of connections and open loop at half of what the closed loop reached. `cold` has the query-vector and
 * rerank-score caches off, `warm` has asked every query before. In the same rounds, each alone: uWebSockets.js sending the
 * same answers, usearch over the same graph, onnxruntime-node over the same queries and pairs on one thread.
 * Not measured: a network, TLS, parallel batches, filters, facets, a large index (`bench lexical` times BM25 on one), nor
 * queries in languages that the models do not speak, which the server answers without them.
 * Corpus: the bundled sample site and its queries, cycled in their order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineConfig } from '../../engine/config.ts';
import { type BenchResult, cpuMsOf, type Launch, Rounds, runBenchmark, type Scale } from '../harness/index.ts';
import type { SampleSite } from '../sample-site.ts';
import { type ServerProcess, started, startServer } from '../server-process.ts';
import { type Answer, askAll, MODE_NAMES, type Mode, pathOf, workOf } from './answers.ts';
import { type Client, openClient } from './client.ts';
import { type Limits, openLimits } from './limits.ts';
import { type Caches, cold, connectionsOf, EMBED, PAIRS, PER_SECOND, SEARCH, servingRatios, warm } from './ratios.ts';

export interface ServingOptions {
  readonly scale: Scale;
  /** Of each load. */
  readonly seconds: number;
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly config: EngineConfig;
  readonly launch: Launch;
  readonly site: SampleSite;
  readonly progress: (note: string) => void;
}

const WORKERS = 1;
const TOPK = 10;
/** Kept out of the numbers: code that is not compiled yet. */
const WARMUP_CONNECTIONS = 4;
const CACHES_OFF = [
  'embeddingCacheEntriesMax',
  'rerank.cacheEntriesMax',
  'passageCacheEntriesMax',
  'documentCacheBytesMax',
].map((cache) => `retrieval.${cache}=0`);

const ABOUT = [
  'Requests over loopback HTTP to the real server process with one worker, from a client process on keep-alive connections.',
  'The closed loop finds the highest throughput, and its percentiles leave out what a stall kept from being sent; `half rate` is an open loop at half of the highest closed throughput of its round, latency counted from when a request was due, timer (1 ms) included.',
  '`cold`: caches of query vectors, rerank scores, passages and documents off; `warm`: every query was asked before. Limits ran in the same rounds, alone, on one thread.',
];

export function benchServing(options: ServingOptions): Promise<BenchResult> {
  const { scale, seconds, connections, rounds, site } = options;
  const parameters = {
    seconds,
    connections: [...connections],
    rounds,
    workers: WORKERS,
    topk: TOPK,
    posts: site.posts,
  };
  const description = { name: 'serving', about: ABOUT, scale };
  return runBenchmark({ ...description, parameters: { ...parameters, passages: site.passages } }, async () => {
    const stage = await openStage(options);
    try {
      const results = new Rounds();
      await warmUp(stage, options);
      for (let round = 0; round < rounds; round++) {
        options.progress(`serving: round ${round + 1} of ${rounds}`);
        await oneRound(stage, options, results);
      }
      const ratios = servingRatios(results, connections);
      return { workSha256: stage.workSha256, measures: results.measures(), ratios };
    } finally {
      await stage.close();
    }
  });
}

interface Stage {
  readonly servers: Readonly<Record<Caches, ServerProcess>>;
  readonly echo: ServerProcess;
  readonly client: Client;
  readonly limits: Limits;
  readonly paths: Readonly<Record<Mode, readonly string[]>>;
  readonly workSha256: string;
  close(): Promise<void>;
}

type Closing = () => unknown;

/** What was opened is closed again where the rest cannot be: a child left behind would keep this process from ending. */
async function openStage(options: ServingOptions): Promise<Stage> {
  const closing: Closing[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(closing.map((end) => end()));
  };
  try {
    return { ...(await openParts(options, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openParts({ config, launch, site }: ServingOptions, closing: Closing[]): Promise<Omit<Stage, 'close'>> {
  const serve = async (set: readonly string[]): Promise<ServerProcess> => {
    const server = await startServer(launch, site, [`server.workers=${WORKERS}`, ...set]);
    closing.push(server.stop);
    return server;
  };
  const servers = { cold: await serve(CACHES_OFF), warm: await serve([]) };
  const { depth } = config.retrieval.rerank;
  const answers = await askAll(
    servers.cold.port,
    site.queries.map((query) => pathOf(query, 'reranked', depth)),
  );
  const reranked = answers.filter(({ result }) => result.degraded.length === 0);
  if (reranked.length === 0)
    throw new Error(`No query used both models: ${JSON.stringify(answers[0]?.result.degraded)}`);
  const queries = reranked.map(({ result }) => result.query);
  const paths = Object.fromEntries(
    MODE_NAMES.map((mode) => [mode, queries.map((query) => pathOf(query, mode, TOPK))]),
  ) as Record<Mode, string[]>;
  const everyPath = MODE_NAMES.flatMap((mode) => paths[mode]);
  const workSha256 = workOf(await askAll(servers.cold.port, everyPath));
  const workWarm = workOf(await askAll(servers.warm.port, everyPath));
  if (workSha256 !== workWarm) throw new Error('The caches change the answers: the two servers did not find the same');
  const limits = await openLimits({ ...config, index: { ...config.index, directory: site.index } }, reranked);
  closing.push(limits.close);
  const echo = await startEcho(site, await askAll(servers.warm.port, paths.bm25));
  closing.push(echo.stop);
  const client = openClient();
  closing.push(client.close);
  return { servers, echo, client, limits, paths, workSha256 };
}

function startEcho(site: SampleSite, answers: readonly Answer[]): Promise<ServerProcess> {
  const file = join(site.index, '../echo.json');
  writeFileSync(file, JSON.stringify(answers.map(({ body }) => body)));
  const script = fileURLToPath(new URL('./echo-process.js', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'pipe'] });
  return started(child);
}

async function warmUp({ servers, echo, client, paths }: Stage, { seconds }: ServingOptions): Promise<void> {
  const load = { connections: WARMUP_CONNECTIONS, seconds: seconds / 2, requestsPerSecond: null };
  await client.run({ ...load, port: echo.port, paths: paths.bm25 });
  for (const { port } of [servers.cold, servers.warm]) {
    for (const mode of MODE_NAMES) await client.run({ ...load, port, paths: paths[mode] });
  }
}

async function oneRound(stage: Stage, options: ServingOptions, results: Rounds): Promise<void> {
  const { seconds, connections } = options;
  const { limits, echo, servers, paths } = stage;
  for (const count of connections) {
    const condition = connectionsOf(count);
    const load = { connections: count, requestsPerSecond: null };
    const echoed = await run(stage, echo, { ...load, seconds, paths: paths.bm25 });
    results.add({ subject: 'uWebSockets.js echo', condition }, echoed.metrics);
    for (const caches of [cold, warm]) {
      for (const mode of MODE_NAMES) {
        const { metrics, pairsPerSecond } = await run(stage, servers[caches], { ...load, seconds, paths: paths[mode] });
        const withPairs = mode === 'reranked' ? { ...metrics, [PAIRS]: pairsPerSecond } : metrics;
        results.add({ subject: `${mode} ${caches}`, condition }, withPairs);
      }
    }
  }
  const most = connections.at(-1)!;
  for (const caches of [cold, warm]) {
    for (const mode of MODE_NAMES) {
      const subject = `${mode} ${caches}`;
      const highest = results.of({ subject, condition: connectionsOf(most) }, PER_SECOND).at(-1)!;
      const load = { connections: most, seconds, paths: paths[mode], requestsPerSecond: highest / 2 };
      const { metrics } = await run(stage, servers[caches], load);
      results.add({ subject, condition: 'half rate' }, metrics);
    }
  }
  const condition = 'one thread';
  results.add({ subject: 'usearch', condition }, { [SEARCH]: await limits.search(seconds / 2) });
  results.add({ subject: 'onnxruntime-node', condition }, { [EMBED]: await limits.embed(seconds / 2) });
  results.add({ subject: 'onnxruntime-node', condition }, { [PAIRS]: await limits.pairs(seconds / 2) });
}

interface OneLoad {
  readonly connections: number;
  readonly seconds: number;
  readonly paths: readonly string[];
  readonly requestsPerSecond: number | null;
}

async function run({ client, limits }: Stage, server: ServerProcess, load: OneLoad) {
  const cpuMs = cpuMsOf(server.pid);
  const startMs = performance.now();
  const report = await client.run({ ...load, port: server.port });
  const elapsedMs = performance.now() - startMs;
  const pairs = report.answered.reduce((sum, times, at) => sum + times * limits.pairsOf[at]!, 0);
  return {
    pairsPerSecond: (pairs / report.requests) * report.perSecond,
    metrics: {
      [PER_SECOND]: report.perSecond,
      'p50 ms': report.p50Ms,
      'p95 ms': report.p95Ms,
      'p99 ms': report.p99Ms,
      requests: report.requests,
      'server cores': (cpuMsOf(server.pid) - cpuMs) / elapsedMs,
      'client cores': report.clientCpuShare,
    },
  };
}
