/** How much memory does a merge take, by the size of the index? Of its process, at its most, as the kernel counts it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { currentGeneration } from '../../engine/store/index.ts';
import { configSchema } from '../../server/config/schema.ts';
import { mergeInProcess } from '../../server/live/merge-in-process.ts';
import { buildSample } from '../sample-site.ts';

export interface MergeMemory {
  readonly posts: number;
  readonly passages: number;
  readonly bytesMax: number;
  readonly tookMs: number;
}

/** Merges one deletion into an index of so many copies of the posts: what there is besides is what costs. */
export async function measureMemory(posts: number, copies: number): Promise<MergeMemory> {
  const folder = mkdtempSync(join(tmpdir(), 'wp-chat-bench-'));
  const index = join(folder, 'index');
  try {
    const counts = buildSample({ configFile: null, set: [] }, index, posts, copies);
    const config = configSchema.parse({
      index: { directory: index },
      models: { directory: join(packageRoot, 'data/models') },
    });
    const startMs = performance.now();
    const { bytesMax } = await mergeInProcess({
      job: {
        config,
        from: currentGeneration(index)!,
        changed: ['none of them'],
        coverage: { history: '00'.repeat(8), sequence: 1 },
      },
      changes: [{ id: 'none of them', version: 1, put: null }],
      stage: () => {},
      signal: new AbortController().signal,
    });
    return { ...counts, bytesMax, tookMs: performance.now() - startMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
