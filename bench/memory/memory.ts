/**
 * What does each further worker cost in memory, beside what its models alone would?
 *
 * Measured: resident (VmRSS) and proportional (Pss) memory of the server process with 1, 2, … workers after the same warm-up
 * in reranked mode; and of a process whose workers only open the two ONNX sessions, and then run the same queries and pairs.
 * The slope between the fewest and the most workers is what one more costs. Caches of vectors and scores are on.
 * Not measured: a large index (it is shared, so it is no part of the slope), growth over days.
 * Corpus: the bundled sample site and its queries.
 */
import type { EngineConfig } from '../../engine/config.ts';
import { loadGeneration } from '../../engine/index.ts';
import {
  type BenchResult,
  type Launch,
  memoryOf,
  type ProcessMemory,
  Rounds,
  ratio,
  runBenchmark,
  type Scale,
} from '../harness/index.ts';
import type { SampleSite } from '../sample-site.ts';
import { startServer } from '../server-process.ts';
import { askAll, modelWorkOf, pathOf, runLoad, workOf } from '../serving/index.ts';
import { type BareSetup, measureBareWorkers } from './bare-host.ts';

export interface MemoryOptions {
  readonly scale: Scale;
  /** Ascending, at least two. */
  readonly workers: readonly number[];
  /** Of warm-up for each worker. */
  readonly warmupSeconds: number;
  readonly rounds: number;
  readonly config: EngineConfig;
  readonly launch: Launch;
  readonly site: SampleSite;
  readonly progress: (note: string) => void;
}

const ABOUT = [
  'Memory of the whole process in MiB: RSS is VmRSS, PSS counts shared pages by their share. All workers were warmed up by the same queries, reranked.',
  '`models opened`: a process whose worker threads hold the two ONNX sessions and nothing else; `models run`: the same after each ran every query and pair once.',
];
const RSS = 'RSS MiB';
const PSS = 'PSS MiB';
const EACH = 'each further worker';
/** Connections a worker: enough that none is idle. */
const CONNECTIONS = 4;

export function benchMemory(options: MemoryOptions): Promise<BenchResult> {
  const { scale, workers, warmupSeconds, rounds, site, progress } = options;
  const parameters = { workers: [...workers], warmupSeconds, rounds, posts: site.posts, passages: site.passages };
  return runBenchmark({ name: 'memory', about: ABOUT, scale, parameters }, async () => {
    const { setup, workSha256 } = await prepare(options);
    const results = new Rounds();
    for (let round = 0; round < rounds; round++) {
      for (const count of workers) {
        progress(`memory: round ${round + 1} of ${rounds}, ${workersOf(count)}`);
        const condition = workersOf(count);
        results.add({ subject: 'server', condition }, mebibytes(await servingMemory(options, count)));
        const { opened, ran } = await measureBareWorkers({ ...setup, workers: count });
        results.add({ subject: 'models opened', condition }, mebibytes(opened));
        results.add({ subject: 'models run', condition }, mebibytes(ran));
      }
    }
    for (const subject of ['server', 'models opened', 'models run']) addSlopes(results, subject, workers);
    const each = (subject: string, metric: string) => results.of({ subject, condition: EACH }, metric);
    const ratios = [PSS, RSS].map((metric) =>
      ratio(`${EACH}: server / models run, ${metric}`, each('server', metric), each('models run', metric), 'lower'),
    );
    return { workSha256, measures: results.measures(), ratios };
  });
}

/** What the bare workers run is what the server's workers run. */
async function prepare({
  config,
  launch,
  site,
}: MemoryOptions): Promise<{ setup: Omit<BareSetup, 'workers'>; workSha256: string }> {
  const server = await startServer(launch, site, ['server.workers=1']);
  try {
    const paths = site.queries.map((query) => pathOf(query, 'reranked', config.retrieval.rerank.depth));
    const answers = await askAll(server.port, paths);
    const shared = await loadGeneration({ ...config, index: { ...config.index, directory: site.index } }, 1);
    const { queries, pairs } = await modelWorkOf(config, shared, answers);
    const { directory, embedder, reranker } = config.models;
    const setup = { modelsDirectory: directory, embedder, reranker, queries, pairs: pairs.flat() };
    return { setup, workSha256: workOf(answers) };
  } finally {
    await server.stop();
  }
}

async function servingMemory({ launch, site, warmupSeconds }: MemoryOptions, count: number): Promise<ProcessMemory> {
  const server = await startServer(launch, site, [`server.workers=${count}`]);
  try {
    const paths = site.queries.map((query) => pathOf(query, 'reranked', 10));
    const load = { port: server.port, paths, connections: CONNECTIONS * count, requestsPerSecond: null };
    await runLoad({ ...load, seconds: warmupSeconds * count });
    return memoryOf(server.pid);
  } finally {
    await server.stop();
  }
}

const workersOf = (count: number): string => `${count} ${count === 1 ? 'worker' : 'workers'}`;

const mebibytes = ({ rssBytes, pssBytes }: ProcessMemory): Record<string, number> => ({
  [RSS]: rssBytes / 2 ** 20,
  [PSS]: pssBytes / 2 ** 20,
});

function addSlopes(results: Rounds, subject: string, workers: readonly number[]): void {
  const fewest = workers[0]!;
  const most = workers.at(-1)!;
  for (const metric of [RSS, PSS]) {
    const low = results.of({ subject, condition: workersOf(fewest) }, metric);
    const high = results.of({ subject, condition: workersOf(most) }, metric);
    for (const [round, bytes] of high.entries())
      results.add({ subject, condition: EACH }, { [metric]: (bytes - low[round]!) / (most - fewest) });
  }
}
