/** Workers over a small index of words alone, in this process, as a server has them. */
import { join } from 'node:path';
import { systemClock } from '../../../engine/clock.ts';
import { packageRoot } from '../../../engine/package-root.ts';
import type { SourcePost } from '../../../engine/source/index.ts';
import type { SearchRequest, SearchResult } from '../../../engine/types.ts';
import { configSchema } from '../../../server/config/schema.ts';
import type { Workers, WorkersParts } from '../../../server/open-workers.ts';
import { ask } from '../../engine/open-parts.ts';

/** Threads are programs of their own, so all of it is taken as it was built. */
const { openWorkers } = (await import(join(packageRoot, 'dist/server/open-workers.js'))) as {
  openWorkers: (parts: WorkersParts) => Promise<Workers>;
};

export interface OpenLive extends Workers {
  readonly told: readonly string[];
  /** Results of a search over words. */
  find(query: string, changes?: Partial<SearchRequest>): Promise<SearchResult>;
  /** Ids of the posts found, best first. */
  ids(query: string): Promise<string[]>;
}

export const liveConfig = (index: string, changes: object = {}, workers = 2) =>
  configSchema.parse({
    index: { directory: index, watchMs: 0, changes },
    models: { embedder: 'none', reranker: 'none' },
    content: { language: 'en' },
    // What is answered must not depend on how busy the machine is.
    server: { workers, overload: { enabled: false } },
    ops: { enabled: false },
  });

export async function openLive(index: string, changes: object = {}, workers = 2): Promise<OpenLive> {
  const told: string[] = [];
  const opened = await openWorkers({
    config: liveConfig(index, changes, workers),
    clock: systemClock,
    report: (event, detail) => told.push(`${event}: ${detail}`),
  });
  const find = async (query: string, more: Partial<SearchRequest> = {}): Promise<SearchResult> => {
    const request = { ...ask(query, { mode: 'bm25', ...more }), deadlineAtMs: Date.now() + 10_000 };
    const outcome = await opened.batcher.submit(request, 'high');
    if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome));
    return outcome.result;
  };
  return {
    ...opened,
    told,
    find,
    ids: async (query) => (await find(query)).hits.map(({ postId }) => postId),
  };
}

/** Posts about fruit, each with a word of its own. */
export const FRUIT = [
  'apple',
  'pear',
  'plum',
  'quince',
  'medlar',
  'cherry',
  'grape',
  'fig',
  'date',
  'lemon',
  'lime',
  'kiwi',
];

export const fruitPosts = (post: (id: string, changes: Partial<SourcePost>) => SourcePost): SourcePost[] =>
  FRUIT.map((fruit, at) =>
    post(`p${at}`, {
      title: `About ${fruit}`,
      html: `<h2>Fruit</h2><p>The ${fruit} is a fruit that grows in the garden of number ${at}.</p>`,
      categories: [at % 2 === 0 ? 'Even' : 'Odd'],
    }),
  );
