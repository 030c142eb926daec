/** The thread of the prepare pool. */
import { workerData } from 'piscina';
import { type BuildModels, type EmbedTexts, openModelsOf, prepare } from '../../engine/build/index.ts';
import type { EngineConfig } from '../../engine/config.ts';
import { openEmbedder } from '../../engine/dense/index.ts';
import { EngineError } from '../../engine/errors.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import type { Prepared, PrepareTask } from './prepare-pool.ts';

const config = workerData as EngineConfig;

interface Opened {
  readonly models: BuildModels;
  readonly embed: EmbedTexts | null;
  readonly lacking: string | null;
}

/** By what they were opened for: a server may go over to an index of other models. */
let opened: { readonly key: string; readonly models: Promise<Opened> } | null = null;

async function open(models: PrepareTask['models']): Promise<Opened> {
  try {
    const own = await openModelsOf(models, config);
    if (own.embedder === null) return { models: own, embed: null, lacking: null };
    const embedder = await openEmbedder(own.embedder.card, own.embedder.dir);
    const embed: EmbedTexts = async (texts) => {
      const vectors: Float32Array[] = [];
      for (const ids of texts) vectors.push(await embedder.embed(ids));
      return vectors;
    };
    return { models: own, embed, lacking: null };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { models: { embedder: null, reranker: null }, embed: null, lacking: error.message };
  }
}

/** The posts as a build would make them. */
export async function prepareDocuments({ models, documents }: PrepareTask): Promise<Prepared> {
  const key = JSON.stringify(models);
  if (opened?.key !== key) opened = { key, models: open(models) };
  const { models: own, embed, lacking } = await opened.models;
  const posts = documents.map((document) => JSON.parse(Buffer.from(document).toString()) as SourcePost);
  return { posts: await prepare(posts, own, { content: config.content, embed }), lacking };
}
