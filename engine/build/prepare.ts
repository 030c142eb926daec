/** Posts that changed → what a build would make of them, to be searched before there is one. */
import type { EngineConfig } from '../config.ts';
import type { ChangedPost } from '../delta/index.ts';
import { EngineError } from '../errors.ts';
import type { SourcePost } from '../source/index.ts';
import type { Manifest } from '../store/index.ts';
import type { EmbedTexts } from './embedding.ts';
import { type BuildModels, openBuildModels } from './models.ts';
import { passagesOf } from './passages.ts';

/**
 * The models that a generation was built with, as they are installed.
 *
 * @throws EngineError model_missing | model_damaged; index_unfit where another of the same name is installed
 */
export async function openModelsOf(
  { embedder, reranker }: Pick<Manifest, 'embedder' | 'reranker'>,
  config: EngineConfig,
): Promise<BuildModels> {
  const names = { embedder: embedder?.name ?? 'none', reranker: reranker?.name ?? 'none' };
  const models = await openBuildModels({ ...config, models: { ...config.models, ...names } });
  const pairs = [
    [embedder, models.embedder],
    [reranker, models.reranker],
  ] as const;
  for (const [built, opened] of pairs) {
    if (built === null || opened === null) continue;
    const { card, dir } = opened;
    if (card.sha256[card.modelFile] === built.sha256 && card.sha256[card.tokenizerFile] === built.tokenizerSha256)
      continue;
    throw new EngineError('index_unfit', `Cannot add to index: it was built with another ${built.name}: ${dir}`, {
      file: dir,
      remedy: 'Build the index again: wp-chat index --from SOURCE --into DIRECTORY',
    });
  }
  return models;
}

/** @param embed null where the models have no embedder */
export async function prepare(
  posts: readonly SourcePost[],
  models: BuildModels,
  { content, embed }: { readonly content: EngineConfig['content']; readonly embed: EmbedTexts | null },
): Promise<ChangedPost[]> {
  const indexed = posts.map((post) => passagesOf(post, models, content));
  const texts = indexed.flatMap(({ passages }) => passages.flatMap(({ embedTokens }) => embedTokens ?? []));
  const vectors = texts.length === 0 || embed === null ? [] : await embed(texts);
  let next = 0;
  return indexed.map(({ record, passages }) => ({
    record,
    passages: passages.map(({ text, headingPath, embedTokens, rerankTokens }) => ({
      text,
      headingPath,
      rerankTokens,
      vector: embedTokens === null ? null : vectors[next++]!,
    })),
  }));
}
