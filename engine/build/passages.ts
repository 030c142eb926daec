/** One post → the passages that are indexed, with what each model reads of them. */
import type { EngineConfig } from '../config.ts';
import { type EmbedCard, speaks } from '../models/index.ts';
import { modelText } from '../passage-text.ts';
import type { SourcePost } from '../source/index.ts';
import type { PostRecord } from '../store/index.ts';
import {
  CONTEXT_TOKENS_MAX,
  detectLanguage,
  htmlToBlocks,
  type ModelTokenizer,
  splitPassages,
  textToBlocks,
} from '../text/index.ts';

export interface IndexedPassage {
  readonly text: string;
  readonly headingPath: readonly string[];
  /** The embedder's tokens with special tokens; null where it does not know the language or there is no embedder. */
  readonly embedTokens: Int32Array | null;
  /** The reranker's tokens without special tokens; empty without a reranker. */
  readonly rerankTokens: Int32Array;
}

export interface IndexedPost {
  readonly record: PostRecord;
  readonly passages: readonly IndexedPassage[];
}

export interface PassageModels {
  readonly embedder: { readonly card: EmbedCard; readonly tokenizer: ModelTokenizer } | null;
  readonly reranker: { readonly tokenizer: ModelTokenizer } | null;
}

/** Sentences of a post that does not tell its language end as English ones do. */
const LANGUAGE_UNKNOWN = 'en';
/** Around a single text. */
const SPECIAL_TOKENS = 2;
/** Characters of a post that its language is guessed from. */
const LANGUAGE_CHARS = 2000;

/** What title and headings leave for the text; where they would leave next to nothing, half, and the model cuts the end. */
const textTokensMax = (tokensMax: number): number =>
  Math.max(tokensMax - CONTEXT_TOKENS_MAX - SPECIAL_TOKENS, Math.floor(tokensMax / 2));

export function passagesOf(post: SourcePost, models: PassageModels, settings: EngineConfig['content']): IndexedPost {
  const blocks = post.html !== null ? htmlToBlocks(post.html) : textToBlocks(post.text ?? '');
  const lang =
    post.lang ??
    languageOf(
      post.title,
      blocks.map(({ text }) => text),
    );
  const { embedder, reranker } = models;
  const tokenizer = embedder?.tokenizer ?? reranker?.tokenizer ?? null;
  const split = splitPassages({ title: post.title, blocks, lang: lang ?? LANGUAGE_UNKNOWN }, tokenizer, {
    passageTokensTarget: settings.passageTokensTarget,
    passageTokensMax: textTokensMax(settings.passageTokensMax),
  });
  const known = embedder !== null && (lang === null || speaks(embedder.card, lang));
  const passages = split.map(({ text, headingPath }): IndexedPassage => {
    const parts = { title: post.title, headingPath, text };
    return {
      text,
      headingPath,
      embedTokens: known
        ? embedder.tokenizer.encode(
            embedder.card.prefixes.document + modelText(parts, embedder.tokenizer),
            Math.min(embedder.card.tokensMax, settings.passageTokensMax),
          )
        : null,
      rerankTokens:
        reranker?.tokenizer.encodeWithoutSpecials(modelText(parts, reranker.tokenizer)) ?? new Int32Array(0),
    };
  });
  const { id, title, url, dateMs, author, categories, tags, type } = post;
  return { record: { id, title, url, dateMs, author, categories, tags, type, lang }, passages };
}

function languageOf(title: string, texts: readonly string[]): string | null {
  let sample = title;
  for (const text of texts) {
    if (sample.length >= LANGUAGE_CHARS) break;
    sample += `\n${text}`;
  }
  const detected = detectLanguage(sample.slice(0, LANGUAGE_CHARS));
  return detected?.confident ? detected.lang : null;
}
