/** From the spawn of a server to its first answer, and what it then takes of the memory. */
import { setTimeout as pause } from 'node:timers/promises';
import { memoryOf } from '../harness/index.ts';
import type { SampleSite } from '../sample-site.ts';
import { startServer } from '../server-process.ts';
import { cachedBytes, dropCached } from './page-cache.ts';

export interface StartPlan {
  readonly site: SampleSite;
  readonly mode: 'bm25' | 'hybrid';
  /** Whether the kernel has the index in memory, or none of it. */
  readonly cache: 'warm' | 'dropped';
}

export interface Started {
  /** Until the process says that it listens. */
  readonly listensMs: number;
  /** Until the first answer was read whole. */
  readonly answeredMs: number;
  /** From one to the other. */
  readonly firstMs: number;
  /** The same query once more, which nothing remembers. */
  readonly secondMs: number;
  readonly pssBytes: number;
  readonly rssBytes: number;
  /** Bytes of the index in memory before the start; null where nobody can say. */
  readonly cachedBytes: number | null;
}

const RETRY_MS = 2;

export async function measureStart({ site, mode, cache }: StartPlan): Promise<Started> {
  if (cache === 'dropped') dropCached(site.index);
  const cached = cachedBytes(site.index);
  const startMs = performance.now();
  const server = await startServer({ configFile: null, set: [] }, site, ['server.workers=1']);
  try {
    const listensMs = performance.now() - startMs;
    await ask(server.port, site.queries[0]!, mode);
    const answeredMs = performance.now() - startMs;
    await ask(server.port, site.queries[0]!, mode);
    const secondMs = performance.now() - startMs - answeredMs;
    const memory = memoryOf(server.pid);
    return { listensMs, answeredMs, firstMs: answeredMs - listensMs, secondMs, ...memory, cachedBytes: cached };
  } finally {
    await server.stop();
  }
}

/** Until it is answered with results; a server may listen before it can. */
async function ask(port: number, query: string, mode: StartPlan['mode']): Promise<void> {
  const url = `http://127.0.0.1:${port}/search?mode=${mode}&rerank=false&q=${encodeURIComponent(query)}`;
  for (;;) {
    const response = await fetch(url);
    const body = await response.text();
    if (response.status === 200) {
      if ((JSON.parse(body) as { hits: unknown[] }).hits.length === 0) throw new Error(`Nothing found: ${query}`);
      return;
    }
    if (response.status !== 503) throw new Error(`Answered ${response.status}: ${body}`);
    await pause(RETRY_MS);
  }
}
