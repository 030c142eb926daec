import { systemClock } from '../../clock.ts';
import type { Fetcher } from '../http/fetcher.ts';
import { DEFAULT_TYPES, type SourceOptions } from '../options.ts';
import type { KnownPosts, Source, SourceEvent, SourceState } from '../types.ts';
import { type CrawlRun, countPosts, crawlAll, crawlChanged, progress } from './crawl.ts';
import { type CrawlCursor, NEW_CURSOR, readCursor } from './cursor.ts';
import { discoverSite } from './discovery.ts';
import { accessTo } from './open-fetcher.ts';
import { resolvePostTypes } from './post-types.ts';
import { reconcile } from './reconcile.ts';

/**
 * A live site, read through its REST API. The first run crawls page by page and can be continued at any page; later runs
 * fetch what changed. Every run ends with a comparison of ids when it is told what is known.
 *
 * @throws EngineError source_refused at once when the address or the credentials must not be used
 */
export function wordpressSource(from: URL, options: SourceOptions): Source {
  const clock = options.clock ?? systemClock;
  const access = accessTo(from, options);
  let state: SourceState | null = null;

  const startRun = async (fetcher: Fetcher, known: KnownPosts | null): Promise<CrawlRun> => {
    const site = await discoverSite(fetcher, from, access.authenticated);
    const types = await resolvePostTypes(site.api, options.types ?? DEFAULT_TYPES);
    const run: CrawlRun = {
      site,
      types,
      known,
      malformedIds: new Set(),
      withheldIds: new Set(),
      done: 0,
      total: null,
      startedMs: null,
    };
    await countPosts(run);
    return run;
  };

  async function* events(earlier: SourceState | null, known: KnownPosts | null): AsyncGenerator<SourceEvent> {
    state = earlier;
    let cursor = earlier === null ? NEW_CURSOR : readCursor(earlier.cursor);
    const store = (next: CrawlCursor, complete: boolean): void => {
      cursor = next;
      state = { kind: 'wordpress', from: from.href, complete, cursor };
    };
    const fetcher = access.open();
    try {
      const run = await startRun(fetcher, known);
      const startedMs = run.startedMs ?? clock.wallMs();
      if (cursor.changedSinceMs === null) {
        const start = { ...cursor, startedMs: cursor.startedMs ?? startedMs };
        yield* crawlAll(run, start, (next) => store(next, false));
      } else {
        yield* crawlChanged(run, cursor.changedSinceMs);
      }
      if (known !== null && (options.comparesIds?.() ?? true)) yield* reconcile(run, known);
      store({ ...NEW_CURSOR, changedSinceMs: cursor.startedMs ?? startedMs }, true);
      yield* withheldNotice(run, from);
      yield progress(run);
    } finally {
      await fetcher.close();
    }
  }

  return { kind: 'wordpress', from: from.href, events, state: () => state };
}

function* withheldNotice(run: CrawlRun, from: URL): Iterable<SourceEvent> {
  const count = run.withheldIds.size;
  if (count === 0) return;
  yield { kind: 'notice', place: { file: from.href }, reason: 'Posts protected by a password are left out', count };
}
