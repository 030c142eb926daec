/** What to do about a model that is missing or damaged: only what can work for this one. */
import { relative } from 'node:path';
import { EngineError } from '../../engine/errors.ts';
import { findModel, KNOWN_MODELS, modelDir, requireSound, verifyModel } from '../../engine/models/index.ts';
import { packageRoot } from '../../engine/package-root.ts';
import { configSchema } from '../config/schema.ts';

/** The models that come with the distribution are those of the default configuration. */
const { embedder, reranker, directory: SHIPPED_DIRECTORY } = configSchema.parse({}).models;
const SHIPPED: readonly string[] = [embedder, reranker];

export function modelRemedy(directory: string, name: string): string {
  const folded = name.toLowerCase();
  if (KNOWN_MODELS.some(({ card }) => card.name === folded)) return `wp-chat models pull ${folded} --force`;
  if (SHIPPED.includes(folded)) {
    const shipped = relative(packageRoot, modelDir(SHIPPED_DIRECTORY, folded));
    return `Restore the folder ${modelDir(directory, folded)} from the distribution (git checkout ${shipped})`;
  }
  return `Put its files back into ${modelDir(directory, folded)}, or install it again: wp-chat models add DIR --force`;
}

/** The same for a server that goes without a model; one whose files are sound does not fit the index or its role. */
export async function unusedRemedy(directory: string, name: string, role: 'embedder' | 'reranker'): Promise<string> {
  try {
    requireSound(await verifyModel((await findModel(directory, name)).dir));
  } catch (error) {
    if (error instanceof EngineError) return modelRemedy(directory, name);
    throw error;
  }
  return role === 'embedder'
    ? 'Build the index again with wp-chat index, or set models.embedder to the model it was built with'
    : 'Set models.reranker to a cross-encoder that wp-chat models list shows, or to none';
}
