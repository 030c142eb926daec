/** First pass over the posts: their words to disk, their passages to the embedder. */
import type { SourcePost } from '../source/index.ts';
import type { DocId } from '../types.ts';
import type { BuildInput, BuildPorts } from './build.ts';
import { Draft, type Provenance } from './draft.ts';
import { Embedding } from './embedding.ts';
import { tokenWidth } from './models.ts';
import { passagesOf } from './passages.ts';
import type { VectorCache } from './vector-cache.ts';

/** Texts a worker gets at once: long enough to hide the message, short enough to lose little. */
const BATCH_TEXTS = 16;
/** Language of an index whose posts do not tell. */
const LANGUAGE_DEFAULT = 'en';

export interface WrittenPassages {
  readonly counts: { readonly posts: number; readonly passages: number };
  /** Where the vector of each embedded passage is in the cache. */
  readonly keys: ReadonlyMap<DocId, string>;
  /** Texts that the model embedded now. */
  readonly embedded: number;
  /** The configured language, or the one that most posts are in. */
  readonly language: string;
}

export async function writePassages(
  { config, models, posts, postsTotal, carried }: BuildInput,
  ports: BuildPorts,
  { folder, cache }: { folder: string; cache: VectorCache | null },
): Promise<WrittenPassages> {
  const draft = new Draft(folder, tokenWidth(models.reranker));
  const keys = new Map<DocId, string>();
  const languages = new Map<string, number>();
  let embedded = 0;
  const report = (): void =>
    ports.progress({
      stage: 'passages',
      posts: draft.posts,
      postsTotal,
      passages: draft.passages,
      embedded,
      embeddable: keys.size,
    });
  const embedding =
    cache === null
      ? null
      : new Embedding({
          embed: ports.embed,
          cache,
          batchTexts: BATCH_TEXTS,
          batchesMax: ports.embedParallel * 2,
          onEmbedded: (texts) => {
            embedded += texts;
            report();
          },
        });
  try {
    const add = async (post: SourcePost, provenance: Omit<Provenance, 'original'>): Promise<void> => {
      ports.signal.throwIfAborted();
      const indexed = passagesOf(post, models, config.content);
      const [language] = indexed.record.lang?.toLowerCase().split('-') ?? [];
      if (language !== undefined) languages.set(language, (languages.get(language) ?? 0) + 1);
      for (const [at, { embedTokens }] of indexed.passages.entries()) {
        if (embedTokens !== null && embedding !== null) keys.set(draft.passages + at, await embedding.add(embedTokens));
      }
      draft.add(indexed, { ...provenance, original: new TextEncoder().encode(JSON.stringify(post)) });
      report();
    };
    for await (const post of posts) await add(post, { version: carried?.coverage?.sequence ?? 0, live: false });
    for (const { post, ...how } of carried?.posts() ?? []) await add(post, how);
    await draft.finish();
    await embedding?.finish();
  } finally {
    await embedding?.settle();
    draft.close();
  }
  report();
  const { language } = config.content;
  return {
    counts: { posts: draft.posts, passages: draft.passages },
    keys,
    embedded,
    language: language === 'auto' ? mostFrequent(languages) : language,
  };
}

function mostFrequent(counts: ReadonlyMap<string, number>): string {
  const [best] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return best?.[0] ?? LANGUAGE_DEFAULT;
}
