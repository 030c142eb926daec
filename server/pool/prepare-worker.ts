/** The thread of the prepare pool. */
import { setImmediate as turn } from 'node:timers/promises';
import { workerData } from 'piscina';
import { type BuildModels, cutPost, openModelsOf } from '../../engine/build/index.ts';
import type { EngineConfig } from '../../engine/config.ts';
import { type CodedVector, codeVector, type Embedder, openEmbedder } from '../../engine/dense/index.ts';
import { EngineError } from '../../engine/errors.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import type { Cut, CutTask, EmbedTask, PrepareModels } from './prepare-pool.ts';

const config = workerData as EngineConfig;

interface Opened {
  readonly models: BuildModels;
  readonly embedder: Embedder | null;
  readonly lacking: string | null;
}

/** By what they were opened for: a server may go over to an index of other models. */
let opened: { readonly key: string; readonly models: Promise<Opened> } | null = null;

function modelsOf(models: PrepareModels): Promise<Opened> {
  const key = JSON.stringify(models);
  if (opened?.key !== key) opened = { key, models: open(models) };
  return opened.models;
}

async function open(models: PrepareModels): Promise<Opened> {
  try {
    const own = await openModelsOf(models, config);
    const { embedder } = own;
    return {
      models: own,
      embedder: embedder === null ? null : await openEmbedder(embedder.card, embedder.dir),
      lacking: null,
    };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { models: { embedder: null, reranker: null }, embedder: null, lacking: error.message };
  }
}

/** The posts as a build would make them, but for the vectors that are not known. */
export async function cut({ models, documents }: CutTask): Promise<Cut> {
  const { models: own, lacking } = await modelsOf(models);
  const posts = documents.map(({ json, known }) => {
    const post = JSON.parse(Buffer.from(json).toString()) as SourcePost;
    return cutPost(post, own, { content: config.content, known });
  });
  return { posts, lacking };
}

export async function embed({ models, texts }: EmbedTask): Promise<CodedVector[]> {
  const { embedder, lacking } = await modelsOf(models);
  if (embedder === null) throw new Error(lacking ?? 'This index has no vectors');
  const vectors: CodedVector[] = [];
  for (const tokens of texts) {
    vectors.push(codeVector(await embedder.embed(tokens)));
    // Words that came meanwhile are cut now.
    await turn();
  }
  return vectors;
}
