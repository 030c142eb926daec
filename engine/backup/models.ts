/** Models are in no backup. Are those here the ones that its index was built with? */
import { join } from 'node:path';
import type { EngineConfig } from '../config.ts';
import { EngineError } from '../errors.ts';
import { findModel } from '../models/index.ts';
import type { Snapshot } from './snapshot.ts';

/** What differs, a sentence each; empty where all is as the index needs it, or that is not known. */
export async function lackingModels(
  { models }: Pick<Snapshot, 'models'>,
  { models: { directory } }: Pick<EngineConfig, 'models'>,
): Promise<string[]> {
  const wanted = [models?.embedder, models?.reranker].filter((model) => model !== null && model !== undefined);
  const found = await Promise.all(wanted.map((model) => difference(model, directory)));
  return found.filter((sentence) => sentence !== null);
}

async function difference(
  { name, sha256, tokenizerSha256 }: { name: string; sha256: string; tokenizerSha256: string },
  directory: string,
): Promise<string | null> {
  try {
    const { card } = await findModel(directory, name);
    const here = [card.sha256[card.modelFile], card.sha256[card.tokenizerFile]];
    if (here[0] === sha256 && here[1] === tokenizerSha256) return null;
    return `The index was built with another ${name}: expected sha256 ${sha256}, got ${here[0]}: ${join(directory, name)}`;
  } catch (error) {
    if (error instanceof EngineError) return `The index needs ${name}, sha256 ${sha256}: ${error.message}`;
    throw error;
  }
}
