/** Posts to build from: those of the sample site, and under other names as many more as are asked for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSource, PostStore, type SourcePost, syncSource } from '../../engine/source/index.ts';
import { POSTS, writeSamplePosts } from '../sample-site.ts';

/** Copies differ in title, so that each of their passages is embedded anew. */
export async function postsToIndex(count: number): Promise<SourcePost[]> {
  const folder = mkdtempSync(join(tmpdir(), 'wp-chat-bench-'));
  try {
    const source = openSource(writeSamplePosts(folder, Math.min(count, POSTS.full)));
    const store = PostStore.open(join(folder, 'source'), source.from);
    await syncSource(source, store);
    const originals: SourcePost[] = [];
    for await (const post of store.posts()) originals.push(post);
    store.close();
    return Array.from({ length: count }, (_, at): SourcePost => {
      const post = originals[at % originals.length]!;
      const copy = Math.floor(at / originals.length);
      return copy === 0 ? post : { ...post, id: `${post.id}-${copy}`, title: `${post.title} (${copy + 1})` };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
