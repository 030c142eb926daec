/**
 * How many passages a second are indexed, and what share of the model's own limit is that?
 *
 * Measured: `buildGeneration` from posts in memory to a published generation, with one embedding worker and with one a
 * core, workers and their models already there; in the same rounds onnxruntime-node in a loop on one thread over the same
 * token arrays. Parsing, splitting and tokenising run beside the embedder during a build, so they are also timed alone.
 * Not measured: reading a source (a crawl waits for its site), starting threads, opening models.
 * Corpus: the bundled sample site; beyond its hundred posts, copies under other titles.
 */
import { availableParallelism } from 'node:os';
import { openBuildModels } from '../../engine/build/index.ts';
import type { EngineConfig } from '../../engine/config.ts';
import { type EmbedPool, openEmbedPool } from '../../server/pool/index.ts';
import { type BenchResult, Rounds, ratio, runBenchmark, type Scale } from '../harness/index.ts';
import { loopRate, openRawModel, type RawModel } from '../limits/index.ts';
import { postsToIndex } from './posts.ts';
import { timeReading } from './reading.ts';
import { type BuildSubject, type TimedBuild, timedBuild } from './timed-build.ts';

export interface IndexingOptions {
  readonly scale: Scale;
  readonly posts: number;
  readonly rounds: number;
  readonly config: EngineConfig;
  readonly progress: (note: string) => void;
}

const ABOUT = [
  'Posts in memory to a published generation; embedding workers are started and have opened their model before.',
  '`raw` is onnxruntime-node in a loop on one thread over the same token arrays, in the same round. `alone` stages ran on one thread with nothing beside them; in a build they hide behind the embedder.',
];

const RATE = 'passages/s';
const SECONDS = 'seconds';
const RAW = { subject: 'raw', condition: 'one thread' };
const ONE = { subject: 'build', condition: '1 worker' };
const ONE_EMBEDDING = { subject: 'build, passages stage', condition: '1 worker' };

export function benchIndexing({
  scale,
  posts: count,
  rounds,
  config,
  progress,
}: IndexingOptions): Promise<BenchResult> {
  const cores = availableParallelism();
  const all = { subject: 'build', condition: `${cores} workers` };
  const parameters = { posts: count, rounds, cores };
  return runBenchmark({ name: 'indexing', about: ABOUT, scale, parameters }, async () => {
    const { directory, embedder } = config.models;
    const subject: BuildSubject = { config, models: await openBuildModels(config), posts: await postsToIndex(count) };
    const raw = await openRawModel(directory, embedder);
    const one = await warmPool(directory, embedder, 1);
    const every = cores === 1 ? one : await warmPool(directory, embedder, cores);
    const results = new Rounds();
    const work = new Set<string>();
    try {
      for (let round = 0; round < rounds; round++) {
        progress(`indexing: round ${round + 1} of ${rounds}`);
        const build = await timedBuild(subject, one);
        results.add(RAW, { [RATE]: await rawRate(raw, build.embedded) });
        addBuild(results, build);
        if (cores > 1) {
          const parallel = await timedBuild(subject, every);
          results.add(all, { [RATE]: parallel.embedded.length / parallel.seconds, [SECONDS]: parallel.seconds });
          work.add(parallel.workSha256);
        }
        work.add(build.workSha256);
        const alone = timeReading(subject.posts, subject.models, config.content);
        for (const [stage, seconds] of Object.entries(alone))
          results.add({ subject: stage, condition: 'alone' }, { [SECONDS]: seconds });
      }
    } finally {
      await Promise.all([...new Set([one, every])].map((pool) => pool.close()));
      await raw.close();
    }
    if (work.size !== 1) throw new Error(`The builds differ: ${[...work].join(', ')}`);
    const limit = results.of(RAW, RATE);
    const ratios = [
      ratio('build with 1 worker / onnxruntime-node on one thread', results.of(ONE, RATE), limit),
      ratio('passages stage with 1 worker / onnxruntime-node on one thread', results.of(ONE_EMBEDDING, RATE), limit),
      ...(cores === 1
        ? []
        : [ratio(`build with ${cores} workers / onnxruntime-node on one thread`, results.of(all, RATE), limit)]),
    ];
    return { workSha256: [...work][0]!, measures: results.measures(), ratios };
  });
}

function addBuild(results: Rounds, { seconds, stageSeconds, embedded }: TimedBuild): void {
  results.add(ONE, { [RATE]: embedded.length / seconds, [SECONDS]: seconds });
  results.add(ONE_EMBEDDING, { [RATE]: embedded.length / stageSeconds.passages });
  for (const [stage, spent] of Object.entries(stageSeconds))
    results.add({ subject: `${stage} stage`, condition: '1 worker' }, { [SECONDS]: spent });
}

/** Each array once. */
async function rawRate(model: RawModel, texts: readonly Int32Array[]): Promise<number> {
  const inputs = texts.map((ids) => model.prepare({ ids, typeIds: null }));
  return loopRate(inputs.length, 0, (at) => model.run(inputs[at]!));
}

/** A pool whose every thread has opened its model: as many texts at once as there are threads. */
async function warmPool(directory: string, model: string, workers: number): Promise<EmbedPool> {
  const pool = openEmbedPool(directory, model, workers);
  await Promise.all(Array.from({ length: workers }, () => pool.embed([Int32Array.of(101, 102)])));
  return pool;
}
