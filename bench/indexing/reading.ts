/** What a post costs before it is embedded, alone and on one thread: HTML to blocks, blocks to passages, passages to tokens. */
import type { BuildModels } from '../../engine/build/index.ts';
import type { EngineConfig } from '../../engine/config.ts';
import { modelText } from '../../engine/passage-text.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import { type Block, CONTEXT_TOKENS_MAX, htmlToBlocks, splitPassages, textToBlocks } from '../../engine/text/index.ts';

/** Around a single text. */
const SPECIAL_TOKENS = 2;

export interface ReadingSeconds {
  readonly parse: number;
  /** Passages cut to the embedder's tokens: most of it is counting them. */
  readonly split: number;
  /** For both models. */
  readonly tokenise: number;
}

export function timeReading(
  posts: readonly SourcePost[],
  { embedder, reranker }: BuildModels,
  { passageTokensTarget, passageTokensMax }: EngineConfig['content'],
): ReadingSeconds {
  const tokenizer = embedder!.tokenizer;
  const limits = { passageTokensTarget, passageTokensMax: passageTokensMax - CONTEXT_TOKENS_MAX - SPECIAL_TOKENS };
  const [blocks, parse] = timed(() =>
    posts.map((post): Block[] => (post.html === null ? textToBlocks(post.text ?? '') : htmlToBlocks(post.html))),
  );
  const [passages, split] = timed(() =>
    posts.map(({ title, lang }, at) =>
      splitPassages({ title, blocks: blocks[at]!, lang: lang ?? 'en' }, tokenizer, limits),
    ),
  );
  const [, tokenise] = timed(() => {
    posts.forEach(({ title }, at) => {
      for (const { text, headingPath } of passages[at]!) {
        const parts = { title, headingPath, text };
        tokenizer.encode(modelText(parts, tokenizer), passageTokensMax);
        reranker!.tokenizer.encodeWithoutSpecials(modelText(parts, reranker!.tokenizer));
      }
    });
  });
  return { parse, split, tokenise };
}

function timed<Value>(work: () => Value): [Value, number] {
  const startMs = performance.now();
  const value = work();
  return [value, (performance.now() - startMs) / 1000];
}
