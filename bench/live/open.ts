/** The workers of a server over the sample site, in this process, without HTTP and without a cache. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../engine/clock.ts';
import { packageRoot } from '../../engine/package-root.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import type { SearchRequest, SearchResult } from '../../engine/types.ts';
import { configSchema } from '../../server/config/schema.ts';
import { openWorkers, type Workers } from '../../server/open-workers.ts';
import type { SampleSite } from '../sample-site.ts';

export interface Benched extends Workers {
  readonly queries: readonly string[];
  /** A post of the sample site under another id, with a word in its title that nobody else has. */
  postOf(id: string, word: string): SourcePost;
  find(query: string, mode: 'bm25' | 'hybrid'): Promise<SearchResult>;
}

const DEADLINE_MS = 10_000;

export async function openBenched(site: SampleSite): Promise<Benched> {
  const config = configSchema.parse({
    index: { directory: site.index, changes: { mergeDocuments: 1_000_000, mergeAgeMs: 86_400_000 } },
    models: { directory: join(packageRoot, 'data/models') },
    server: { workers: 1, overload: { enabled: false } },
    ops: { enabled: false },
  });
  const report = (event: string, detail: string | null): void => {
    if (detail !== null) throw new Error(`${event}: ${detail}`);
  };
  const workers = await openWorkers({ config, clock: systemClock, report });
  // Threads of a pool are no reason for a process to live; a server has its listener.
  const alive = setInterval(() => {}, 60_000);
  const lines = readFileSync(join(packageRoot, 'data/sample/posts.jsonl'), 'utf8').trim().split('\n');
  let next = 0;
  return {
    ...workers,
    queries: site.queries,
    close: async () => {
      clearInterval(alive);
      await workers.close();
    },
    postOf: (id, word) => {
      const { title, html } = JSON.parse(lines[next++ % lines.length]!) as { title: string; html: string };
      const nothing = { text: null, url: '', dateMs: null, modifiedMs: null, author: null, categories: [], tags: [] };
      return { id, title: `${title} ${word}`, html, ...nothing, type: 'post', lang: 'en' };
    },
    find: async (query, mode) => {
      const outcome = await workers.batcher.submit(requestOf(query, mode), 'high');
      if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome));
      return outcome.result;
    },
  };
}

const requestOf = (query: string, mode: 'bm25' | 'hybrid'): SearchRequest => ({
  ...{ query, mode, rerank: false, topk: 10, offset: 0, facets: [], minScore: null, collapse: 'post' },
  filters: { category: [], tag: [], author: [], type: [], language: [], dateFromMs: null, dateToMs: null },
  ...{
    fusion: 'standardised',
    diversify: false,
    explain: false,
    candidatesMax: null,
    rerankDepthMax: null,
    variants: [],
  },
  deadlineAtMs: Date.now() + DEADLINE_MS,
});
