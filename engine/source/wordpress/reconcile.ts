import * as z from 'zod';
import { EngineError } from '../../errors.ts';
import { isoDateMs } from '../field-values.ts';
import type { KnownPosts, SourceEvent } from '../types.ts';
import { type CrawlRun, FULL_POSTS, postEvents, progress } from './crawl.ts';
import { listByIds, listPages, PER_PAGE } from './listing.ts';

const LISTED_FIELDS = 'id,modified_gmt,content.protected';
const listedRow = z.object({
  id: z.number().int(),
  modified_gmt: z.string().nullish().catch(null),
  content: z.object({ protected: z.boolean().catch(false) }).catch({ protected: false }),
});

/**
 * Compares the ids and modification times that the site lists with what is known, which needs no bodies: fetches what a
 * shifting page hid, what was published on schedule (its modification time stays in the past) and what changed without
 * being reported; then reports as deleted what is listed no more, each one only after asking for it by its id.
 *
 * @throws EngineError source_invalid when the site shows no post at all while some are known: nothing is deleted then
 */
export async function* reconcile(run: CrawlRun, known: KnownPosts): AsyncGenerator<SourceEvent> {
  const visible = new Set<string>();
  for (const type of run.types) {
    for await (const { rows } of listPages(run.site.api, type.route, { _fields: LISTED_FIELDS })) {
      const missing: string[] = [];
      for (const row of rows) {
        const listed = listedRow.safeParse(row).data;
        if (listed === undefined || listed.content.protected) continue;
        const id = String(listed.id);
        visible.add(id);
        const stored = known.get(id);
        const current = stored !== undefined && stored.modifiedMs === isoDateMs(listed.modified_gmt ?? '');
        if (!current && !run.malformedIds.has(id)) missing.push(id);
      }
      if (missing.length > 0) {
        const found = await listByIds(run.site.api, type.route, missing, FULL_POSTS);
        yield* postEvents(run, found.rows, found.address);
      }
      yield progress(run);
    }
  }
  if (visible.size === 0 && known.size > 0) throw emptied(run, known);
  yield* deletions(run, known, visible);
}

/** A plugin, a firewall or a broken site answers an empty list far more often than an author deletes everything. */
function emptied(run: CrawlRun, known: KnownPosts): EngineError {
  const address = run.site.api.root.href;
  return new EngineError(
    'source_invalid',
    `Cannot tell deleted posts from hidden ones: the site lists none, ${known.size} are known: ${address}`,
    {
      file: address,
      value: 0,
      expected: 'at least one post that visitors may see',
      remedy:
        'Check that the REST API lists the posts; nothing was deleted. If the site is empty, index with --replace',
    },
  );
}

async function* deletions(run: CrawlRun, known: KnownPosts, visible: Set<string>): AsyncGenerator<SourceEvent> {
  const routeOf = new Map(run.types.map((type) => [type.name, type.route]));
  const unlisted = new Map<string | undefined, string[]>();
  for (const id of known.ids()) {
    if (visible.has(id)) continue;
    const route = routeOf.get(known.get(id)!.type);
    const ids = unlisted.get(route);
    if (ids === undefined) unlisted.set(route, [id]);
    else ids.push(id);
  }
  for (const [route, ids] of unlisted) {
    for (let at = 0; at < ids.length; at += PER_PAGE) {
      const batch = ids.slice(at, at + PER_PAGE);
      const alive = route === undefined ? new Set<string>() : await stillVisible(run, route, batch);
      for (const id of batch) if (!alive.has(id)) yield { kind: 'deleted', id };
    }
  }
}

/** A post can slip through the listing when another one is deleted while it is read; asking by id settles it. */
async function stillVisible(run: CrawlRun, route: string, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await listByIds(run.site.api, route, ids, { _fields: LISTED_FIELDS });
  const alive = new Set<string>();
  for (const row of rows) {
    const listed = listedRow.safeParse(row).data;
    if (listed !== undefined && !listed.content.protected) alive.add(String(listed.id));
  }
  return alive;
}
