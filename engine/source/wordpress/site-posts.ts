/** Single posts of a live site, as visitors may see them now. */
import { EngineError } from '../../errors.ts';
import type { SourceOptions } from '../options.ts';
import type { SourcePost } from '../types.ts';
import { FULL_POSTS } from './crawl.ts';
import { discoverSite } from './discovery.ts';
import { listByIds, PER_PAGE } from './listing.ts';
import { accessTo } from './open-fetcher.ts';
import { resolvePostTypes } from './post-types.ts';
import { readRestPost } from './rest-post.ts';

export interface SitePosts {
  /**
   * Null for what visitors may not see: deleted, not published, or behind a password.
   *
   * @param type name of a post type; @param ids numbers, at most {@link SITE_POSTS_MAX}
   * @throws EngineError source_unreadable, source_refused, source_invalid
   */
  read(type: string, ids: readonly string[]): Promise<ReadonlyMap<string, SourcePost | null>>;
}

/** Posts that are asked for at once. */
export const SITE_POSTS_MAX = PER_PAGE;

/** @throws EngineError source_refused where the address or the credentials must not be used */
export function sitePosts(from: URL, options: SourceOptions): SitePosts {
  const access = accessTo(from, options);
  return {
    read: async (type, ids) => {
      const fetcher = access.open();
      try {
        const { api, lang } = await discoverSite(fetcher, from, access.authenticated);
        const { route } = (await resolvePostTypes(api, [type]))[0]!;
        const { rows, address } = await listByIds(api, route, ids, FULL_POSTS);
        const found = new Map<string, SourcePost | null>(ids.map((id) => [id, null]));
        for (const row of rows) {
          const reading = readRestPost(row, address, lang);
          if (reading.kind === 'malformed')
            throw new EngineError('source_invalid', reading.event.reason, reading.event.place);
          if (reading.kind === 'post') found.set(reading.post.id, reading.post);
        }
        return found;
      } finally {
        await fetcher.close();
      }
    },
  };
}
