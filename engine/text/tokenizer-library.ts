import { existsSync, readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { z } from 'zod';
import { EngineError } from '../errors.ts';

/** What is used of the library, whose own types do not resolve under Node's module rules. */
export interface LibraryTokenizer {
  encode(
    text: string,
    options?: { text_pair?: string; add_special_tokens?: boolean; return_token_type_ids?: boolean },
  ): { readonly ids: number[]; readonly token_type_ids?: number[] };
  token_to_id(token: string): number | undefined;
  readonly model: { encode(words: string[]): string[] } | null;
}

const addedToken = z.looseObject({
  id: z.int().nonnegative(),
  content: z.string().min(1),
  single_word: z.boolean(),
  lstrip: z.boolean(),
  rstrip: z.boolean(),
  normalized: z.boolean(),
});
const tokenizerFile = z.looseObject({
  added_tokens: z.array(addedToken),
  normalizer: z.looseObject({ type: z.string() }).nullable(),
  pre_tokenizer: z.looseObject({ type: z.string() }).nullable(),
  post_processor: z.looseObject({ type: z.string() }).nullable(),
  decoder: z.looseObject({ type: z.string() }).nullable(),
  model: z.looseObject({ type: z.string().optional(), vocab: z.unknown() }),
});
export type TokenizerFile = z.infer<typeof tokenizerFile>;

/** Reads a `tokenizer.json`. @throws EngineError `model_missing` or `model_damaged`. */
export function loadTokenizer(path: string): { tokenizer: LibraryTokenizer; file: TokenizerFile } {
  const remedy = 'Install the model again: wp-chat models pull';
  if (!existsSync(path))
    throw new EngineError('model_missing', `Cannot open tokenizer: no file: ${path}`, { file: path, remedy });
  try {
    const file = tokenizerFile.parse(JSON.parse(readFileSync(path, 'utf8')));
    return { tokenizer: new Tokenizer(file, {}), file };
  } catch (cause) {
    const detail = `Cannot open tokenizer: the file is not a readable tokenizer: ${path}`;
    throw new EngineError('model_damaged', detail, { file: path, remedy }, cause);
  }
}
