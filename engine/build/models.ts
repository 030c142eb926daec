/** The models that take part in a build, and what the manifest keeps of them. */
import { join } from 'node:path';
import type { EngineConfig } from '../config.ts';
import { EngineError } from '../errors.ts';
import { type EmbedCard, findModel, type ModelCard, type RerankCard } from '../models/index.ts';
import type { Manifest } from '../store/index.ts';
import { type ModelTokenizer, openModelTokenizer } from '../text/index.ts';

export interface BuildModel<Card extends ModelCard> {
  readonly card: Card;
  readonly dir: string;
  readonly tokenizer: ModelTokenizer;
}

export interface BuildModels {
  readonly embedder: BuildModel<EmbedCard> | null;
  readonly reranker: BuildModel<RerankCard> | null;
}

/**
 * Opens the tokenizers of the configured models. Unlike a server, a build does not go on without a model that was asked for.
 *
 * @throws EngineError model_missing | model_damaged
 */
export async function openBuildModels({ models }: EngineConfig): Promise<BuildModels> {
  return {
    embedder: models.embedder === 'none' ? null : await open(models.directory, models.embedder, 'embed'),
    reranker: models.reranker === 'none' ? null : await open(models.directory, models.reranker, 'rerank'),
  };
}

async function open<Task extends ModelCard['task']>(
  directory: string,
  name: string,
  task: Task,
): Promise<BuildModel<Extract<ModelCard, { task: Task }>>> {
  const { card, dir } = await found(directory, name);
  if (card.task !== task) {
    throw new EngineError(
      'model_missing',
      `Cannot build with ${name}: expected a model that can ${task}, got one that can ${card.task}`,
      {
        file: join(dir, 'model.json'),
        field: 'task',
        expected: task,
        value: card.task,
        remedy: WITHOUT_MODELS,
      },
    );
  }
  return { card: card as Extract<ModelCard, { task: Task }>, dir, tokenizer: openModelTokenizer(dir, card) };
}

const WITHOUT_MODELS =
  'To build for keywords alone, without models: --set models.embedder=none --set models.reranker=none';

async function found(directory: string, name: string): ReturnType<typeof findModel> {
  try {
    return await findModel(directory, name);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { code, message, place } = error;
    const remedy = place.remedy === undefined ? WITHOUT_MODELS : `${place.remedy}\n${WITHOUT_MODELS}`;
    throw new EngineError(code, message, { ...place, remedy }, error);
  }
}

export function manifestModels({
  embedder,
  reranker,
}: BuildModels): Pick<Manifest, 'embedder' | 'reranker' | 'tokenBytes'> {
  return {
    embedder: embedder && {
      ...identity(embedder.card),
      dimensions: embedder.card.dimensions,
      languages: [...embedder.card.languages],
    },
    reranker: reranker && identity(reranker.card),
    tokenBytes: tokenWidth(reranker),
  };
}

/** Two bytes a token where every id of the vocabulary fits. */
export const tokenWidth = (reranker: BuildModel<RerankCard> | null): 2 | 4 =>
  (reranker?.tokenizer.vocabularySize ?? 0) > 65_536 ? 4 : 2;

const identity = (card: ModelCard): { name: string; sha256: string; tokenizerSha256: string } => ({
  name: card.name,
  sha256: card.sha256[card.modelFile]!,
  tokenizerSha256: card.sha256[card.tokenizerFile]!,
});
