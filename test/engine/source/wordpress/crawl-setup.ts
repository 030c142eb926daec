import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { openSource, PostStore, type Source, type SourceOptions } from '../../../../engine/source/index.ts';
import { type Answer, type FakePost, type LoopbackSite, startSite } from '../loopback-site.ts';
import { testTime } from '../ports.ts';

export interface CrawlSetup {
  site(answer: Answer): Promise<LoopbackSite>;
  /** The posts of the site, in time that only moves when something waits. */
  open(here: LoopbackSite, options?: SourceOptions): Source;
  storeFor(source: Source): PostStore;
}

/** Sites and stores that end with the test that asked for them. */
export function crawlSetup(): CrawlSetup {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  return {
    async site(answer) {
      const started = await startSite(answer);
      cleanups.push(() => started.stop());
      return started;
    },
    open: (here, options = {}) =>
      openSource(here.origin, { types: ['post'], random: () => 1, ...testTime(), ...options }),
    storeFor(source) {
      const folder = mkdtempSync(join(tmpdir(), 'wp-chat-crawl-'));
      cleanups.push(() => rmSync(folder, { recursive: true }));
      return PostStore.open(folder, source.from);
    },
  };
}

export function posts(count: number): FakePost[] {
  return Array.from({ length: count }, (_, at) => ({ id: at + 1 }));
}
