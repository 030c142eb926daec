/** Posts that changed → what a build would make of them, to be searched before there is one. */
import type { EngineConfig } from '../config.ts';
import type { ChangedPost } from '../delta/index.ts';
import { EngineError } from '../errors.ts';
import type { KnownVectors } from '../known-vectors.ts';
import { passageKey } from '../passage-text.ts';
import type { SourcePost } from '../source/index.ts';
import type { Manifest } from '../store/index.ts';
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

/** A passage that has no vector yet. */
export interface PassageToEmbed {
  /** Which of its post, 0 for the first. */
  readonly passage: number;
  /** The embedder's, with special tokens. */
  readonly tokens: Int32Array;
}

/** A post as it is found by its words, and what its vectors are to be computed from. */
export interface CutPost {
  readonly post: ChangedPost;
  readonly toEmbed: readonly PassageToEmbed[];
}

/** @param known vectors of passages that may occur in it again */
export function cutPost(
  post: SourcePost,
  models: BuildModels,
  { content, known }: { readonly content: EngineConfig['content']; readonly known: KnownVectors },
): CutPost {
  const { record, passages } = passagesOf(post, models, content);
  const toEmbed: PassageToEmbed[] = [];
  const changed = passages.map(({ text, headingPath, embedTokens, rerankTokens }, passage) => {
    const vector =
      embedTokens === null ? null : (known.get(passageKey({ title: record.title, headingPath, text })) ?? null);
    if (embedTokens !== null && vector === null) toEmbed.push({ passage, tokens: embedTokens });
    return { text, headingPath, rerankTokens, vector };
  });
  return { post: { record, passages: changed }, toEmbed };
}
