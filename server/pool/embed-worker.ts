/** A thread of the embed pool. */
import { workerData } from 'piscina';
import { type Embedder, openEmbedder } from '../../engine/dense/index.ts';
import { findModel } from '../../engine/models/index.ts';

let opening: Promise<Embedder> | null = null;

async function open(): Promise<Embedder> {
  const { modelsDirectory, model } = workerData as { modelsDirectory: string; model: string };
  const { card, dir } = await findModel(modelsDirectory, model);
  if (card.task !== 'embed') throw new Error(`Not an embedder: ${model}`);
  return openEmbedder(card, dir);
}

/** One unit vector a text, in order. */
async function embed(texts: readonly Int32Array[]): Promise<Float32Array[]> {
  opening ??= open();
  const embedder = await opening;
  const vectors: Float32Array[] = [];
  for (const ids of texts) vectors.push(await embedder.embed(ids));
  return vectors;
}

export default embed;
