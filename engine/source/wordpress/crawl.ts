import type { KnownPosts, SourceEvent } from '../types.ts';
import type { CrawlCursor } from './cursor.ts';
import type { Site } from './discovery.ts';
import { listPages, PER_PAGE } from './listing.ts';
import type { PostType } from './post-types.ts';
import { POST_FIELDS, type RestPostReading, readRestPost } from './rest-post.ts';

/** What the passes of one run share. */
export interface CrawlRun {
  readonly site: Site;
  readonly types: readonly PostType[];
  readonly known: KnownPosts | null;
  /** Ids whose posts could not be read in this run: told once and not asked for again. */
  readonly malformedIds: Set<string>;
  /** Distinct posts that visitors may not see. */
  readonly withheldIds: Set<string>;
  done: number;
  total: number | null;
  /** The server's clock at the start of this run. */
  startedMs: number | null;
}

export const FULL_POSTS = { _fields: POST_FIELDS, _embed: 'author,wp:term' } as const;
/** WordPress compares with `after`, which is exclusive, and its times are whole seconds. */
const OVERLAP_MS = 1000;

/** The events of one page of full posts. A post that was known and is withheld now is deleted. */
export function* postEvents(run: CrawlRun, rows: readonly unknown[], address: string): Iterable<SourceEvent> {
  for (const row of rows) yield* readingEvents(run, readRestPost(row, address, run.site.lang));
}

function* readingEvents(run: CrawlRun, reading: RestPostReading): Iterable<SourceEvent> {
  run.done++;
  if (reading.kind === 'post') yield { kind: 'post', post: reading.post };
  else if (reading.kind === 'malformed') {
    if (reading.id !== null && run.malformedIds.has(reading.id)) return;
    if (reading.id !== null) run.malformedIds.add(reading.id);
    yield reading.event;
  } else {
    run.withheldIds.add(reading.id);
    if (run.known?.get(reading.id) !== undefined) yield { kind: 'deleted', id: reading.id };
  }
}

/** Counts the posts of all types; finds a missing route and the server's clock before the first page. */
export async function countPosts(run: CrawlRun): Promise<void> {
  let total: number | null = 0;
  for (const type of run.types) {
    for await (const page of listPages(run.site.api, type.route, { _fields: 'id' })) {
      total = total === null || page.total === null ? null : total + page.total;
      run.startedMs ??= page.serverMs;
      break;
    }
  }
  run.total = total;
}

/** A first crawl: every page of every type, from where the cursor stands. `moved` hears of each finished page. */
export async function* crawlAll(
  run: CrawlRun,
  start: CrawlCursor,
  moved: (cursor: CrawlCursor) => void,
): AsyncGenerator<SourceEvent> {
  let cursor = start;
  for (const type of run.types) {
    if (cursor.finishedTypes.includes(type.name)) continue;
    const fromPage = cursor.nextPage[type.name] ?? 1;
    run.done += (fromPage - 1) * PER_PAGE;
    for await (const { rows, address, page } of listPages(run.site.api, type.route, FULL_POSTS, fromPage)) {
      yield* postEvents(run, rows, address);
      cursor = { ...cursor, nextPage: { ...cursor.nextPage, [type.name]: page + 1 } };
      moved(cursor);
      yield progress(run);
    }
    cursor = { ...cursor, finishedTypes: [...cursor.finishedTypes, type.name] };
    moved(cursor);
  }
}

/** What was modified since the last run. A site older than 5.7 ignores the question, which shows in its first page. */
export async function* crawlChanged(run: CrawlRun, sinceMs: number): AsyncGenerator<SourceEvent> {
  const modified_after = new Date(sinceMs - OVERLAP_MS).toISOString();
  for (const type of run.types) {
    for await (const { rows, address } of listPages(run.site.api, type.route, { ...FULL_POSTS, modified_after })) {
      const readings = rows.map((row) => readRestPost(row, address, run.site.lang));
      if (readings.some((reading) => modifiedBefore(reading, sinceMs - OVERLAP_MS))) break;
      for (const reading of readings) yield* readingEvents(run, reading);
      yield progress(run);
    }
  }
}

function modifiedBefore(reading: RestPostReading, ms: number): boolean {
  if (reading.kind === 'malformed') return false;
  const modifiedMs = reading.kind === 'post' ? reading.post.modifiedMs : reading.modifiedMs;
  return modifiedMs !== null && modifiedMs < ms;
}

export function progress(run: CrawlRun): SourceEvent {
  return { kind: 'progress', done: run.done, total: run.total === null ? null : Math.max(run.total, run.done) };
}
