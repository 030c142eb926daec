/**
 * What does a build from a source take over from the generation that serves?
 *
 * The source has just been read, so it has the last word on the documents that it has. Those that were put while the index was
 * served and that the source does not have are taken over, and with them the coverage: changes up to there are in the new
 * generation, or the source spoke after them. What the journal holds beyond lies over the new one as it lay over the old.
 */
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { FILES } from '../generation.ts';
import type { Coverage } from '../journal/index.ts';
import type { SourcePost } from '../source/index.ts';
import { type CheckedGeneration, loadSections, verifyCurrent } from '../store/index.ts';
import { StoredPosts } from '../stored-posts.ts';

export interface Carried {
  readonly coverage: Coverage | null;
  readonly posts: () => Iterable<{ readonly post: SourcePost; readonly version: number }>;
}

const NOTHING: Carried = { coverage: null, posts: () => [] };

/** Nothing where no generation can be read: then all that the journal still holds lies over the new one. */
export async function carriedFrom(index: string, { has }: { readonly has: (id: string) => boolean }): Promise<Carried> {
  let old: CheckedGeneration;
  try {
    old = await verifyCurrent(index);
  } catch (error) {
    if (error instanceof EngineError) return NOTHING;
    throw error;
  }
  const { folder, manifest } = old;
  return {
    coverage: manifest.journal ?? null,
    posts: function* () {
      const stored = new StoredPosts({ folder, manifest, columns: loadSections(join(folder, FILES.columns)) });
      try {
        for (const [number, live] of (stored.columns.live ?? []).entries()) {
          if (live === 0) continue;
          const post = JSON.parse(Buffer.from(stored.original(number)).toString()) as SourcePost;
          if (!has(post.id)) yield { post, version: stored.versionOf(number) };
        }
      } finally {
        stored.close();
      }
    },
  };
}
