/** Builds over the sample site with the shipped models, in this process. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BuildInput,
  type BuildPorts,
  type BuildProgress,
  buildGeneration,
  openBuildModels,
} from '../../../engine/build/index.ts';
import { type EngineConfig, engineSchema } from '../../../engine/config.ts';
import { type Embedder, openEmbedder } from '../../../engine/dense/index.ts';
import { Generation } from '../../../engine/generation.ts';
import { loadGeneration } from '../../../engine/load.ts';
import { type EmbedCard, readCard } from '../../../engine/models/index.ts';
import { packageRoot } from '../../../engine/package-root.ts';
import type { SourcePost } from '../../../engine/source/index.ts';
import type { Manifest } from '../../../engine/store/index.ts';
import { shippedModels } from '../models/support.ts';

export const post = (id: string, changes: Partial<SourcePost> = {}): SourcePost => ({
  id,
  title: `Post ${id}`,
  html: null,
  text: null,
  url: `https://example.com/${id}/`,
  dateMs: null,
  modifiedMs: null,
  author: null,
  categories: [],
  tags: [],
  type: 'post',
  lang: null,
  ...changes,
});

interface SampleLine {
  readonly id: string;
  readonly title: string;
  readonly html: string;
  readonly url: string;
  readonly date: string;
  readonly author: string;
  readonly categories: string[];
  readonly tags: string[];
  readonly type: string;
  readonly lang: string | null;
}

export function samplePosts(count: number): SourcePost[] {
  const lines = readFileSync(join(packageRoot, 'data/sample/posts.jsonl'), 'utf8').trim().split('\n').slice(0, count);
  return lines.map((line) => {
    const { date, lang, ...rest } = JSON.parse(line) as SampleLine;
    return post(rest.id, { ...rest, dateMs: Date.parse(date), lang: lang ?? null });
  });
}

export function configFor(
  index: string,
  changes: { models?: object; content?: object; retrieval?: object } = {},
): EngineConfig {
  return engineSchema.parse({
    ...changes,
    index: { directory: index },
    models: { directory: shippedModels, ...changes.models },
  });
}

export const openShippedEmbedder = async (): Promise<Embedder> => {
  const dir = join(shippedModels, 'all-minilm-l6-v2');
  return openEmbedder((await readCard(dir)) as EmbedCard, dir);
};

export interface Build {
  readonly manifest: Manifest;
  readonly progress: readonly BuildProgress[];
  /** Texts that the model was asked for. */
  readonly embedded: number;
}

export interface BuildRequest {
  readonly config: EngineConfig;
  readonly posts: readonly SourcePost[];
  readonly embedder: Embedder | null;
  readonly carried?: BuildInput['carried'] & {};
  readonly ports?: Partial<BuildPorts>;
}

export async function build({ config, posts, embedder, carried, ports = {} }: BuildRequest): Promise<Build> {
  const progress: BuildProgress[] = [];
  let embedded = 0;
  const manifest = await buildGeneration(
    {
      config,
      models: await openBuildModels(config),
      source: 'sample',
      posts,
      postsTotal: posts.length,
      ...(carried && { carried }),
    },
    {
      embed: async (texts) => {
        const vectors: Float32Array[] = [];
        for (const ids of texts) vectors.push(await embedder!.embed(ids));
        embedded += texts.length;
        return vectors;
      },
      embedParallel: 1,
      clock: { nowUs: () => 0, wallMs: () => Date.UTC(2026, 0, 2, 3, 4, 5) },
      progress: (state) => progress.push(state),
      signal: new AbortController().signal,
      ...ports,
    },
  );
  return { manifest, progress, embedded };
}

export const withoutModels = { embedder: 'none', reranker: 'none' };

/** Looks into what serves. */
export async function opened<T>(config: EngineConfig, look: (generation: Generation) => T): Promise<T> {
  const generation = new Generation(await loadGeneration(config, 1), 0);
  try {
    return look(generation);
  } finally {
    generation.close();
  }
}

/** Ids of the posts with a passage that holds the word, best first. */
export const idsWith = (generation: Generation, word: string): string[] => {
  const terms = generation.analyzer.terms(word).map((term) => ({ term, weight: 1 }));
  const { ids } = generation.lexical.search(terms, 100);
  return [...new Set([...ids].map((id) => generation.post(generation.columns.postOf[id]!).id))];
};
