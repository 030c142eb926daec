/** Workers over two generations of the sample site, the second built with another embedder, in this process, as a server has them. */
import { join } from 'node:path';
import { systemClock } from '../../../engine/clock.ts';
import { openEmbedder } from '../../../engine/dense/index.ts';
import { type EmbedCard, readCard } from '../../../engine/models/index.ts';
import { packageRoot } from '../../../engine/package-root.ts';
import type { SearchOutcome, SearchRequest, SearchResult } from '../../../engine/types.ts';
import type { Variant } from '../../../engine/variant.ts';
import type { Config } from '../../../server/config/index.ts';
import { configSchema } from '../../../server/config/schema.ts';
import type { Workers, WorkersParts } from '../../../server/open-workers.ts';
import { build, samplePosts } from '../../engine/build/sample-build.ts';
import { ask } from '../../engine/open-parts.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { triedModels } from '../../support/tried-models.ts';

/** Threads and processes are programs of their own, so all of it is taken as it was built. */
const { openWorkers } = (await import(join(packageRoot, 'dist/server/open-workers.js'))) as {
  openWorkers: (parts: WorkersParts) => Promise<Workers>;
};

export const TRIED = 'wp-chat-rerank-tried';
const POSTS = 6;
/** A hung worker is ended so long after its deadline. */
const HANG_MS = 1000;

export const variant = (name: string, changes: Partial<Variant> = {}): Variant => ({
  ...{ name, rerank: null, retrieval: {}, reranker: null, generation: null },
  ...changes,
});

export interface OpenVariants extends Workers {
  readonly config: Config;
  readonly told: readonly string[];
  /** Built with another embedder; it does not serve. */
  readonly other: string;
  ask(query: string, changes?: Partial<SearchRequest>): Promise<SearchOutcome>;
  find(query: string, changes?: Partial<SearchRequest>): Promise<SearchResult>;
}

export async function openVariants(): Promise<OpenVariants> {
  const directory = triedModels();
  const index = join(scratchFolder(), 'index');
  const configWith = (embedder: string): Config =>
    configSchema.parse({
      index: { directory: index, watchMs: 0, generationsKept: 9 },
      models: { directory, embedder },
      content: { language: 'en' },
      retrieval: { rerank: { depth: 4 } },
      // What is answered must not depend on how busy the machine is.
      server: { workers: 2, hangMs: HANG_MS, faults: true, overload: { enabled: false } },
      ops: { enabled: false },
    });
  const names: string[] = [];
  for (const name of ['other-embedder', 'all-minilm-l6-v2']) {
    const dir = join(directory, name);
    const embedder = await openEmbedder((await readCard(dir)) as EmbedCard, dir);
    const { manifest } = await build({ config: configWith(name), posts: samplePosts(POSTS), embedder });
    await embedder.close();
    names.push(manifest.generation);
  }
  const told: string[] = [];
  const config = configWith('all-minilm-l6-v2');
  const workers = await openWorkers({
    config,
    clock: systemClock,
    report: (event, detail) => told.push(`${event}: ${detail}`),
  });
  const submit: OpenVariants['ask'] = (query, changes = {}) =>
    workers.batcher.submit({ ...ask(query, { deadlineAtMs: Date.now() + 30_000 }), ...changes }, 'high');
  return {
    ...workers,
    config,
    told,
    other: names[0]!,
    ask: submit,
    find: async (query, changes) => {
      const outcome = await submit(query, changes);
      if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome).slice(0, 300));
      return outcome.result;
    },
  };
}
