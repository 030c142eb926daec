import { join } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { buildPair, type EncodedPair, type Frame, readFrame, type TokenizerLimits } from './token-frame.ts';
import { type LibraryTokenizer, loadTokenizer, type TokenizerFile } from './tokenizer-library.ts';
import { WordPieceEncoder } from './word-pieces.ts';

export interface ModelTokenizer {
  /** Longest sequence the model takes, special tokens included. */
  readonly tokensMax: number;
  /** Every id is below it. */
  readonly vocabularySize: number;
  /** Ids with special tokens, cut at the end to `tokensMax` (by default the model's). */
  encode(text: string, tokensMax?: number): Int32Array;
  /** Ids of the text alone, at most `idsMax` of them (by default all). */
  encodeWithoutSpecials(text: string, idsMax?: number): Int32Array;
  /** Number of ids of the text alone. */
  count(text: string): number;
  /**
   * A query and a passage, both encoded without specials, framed as the model wants them. The query is cut to
   * `queryTokensMax`, then the passage to what is left of `tokensMax`.
   */
  pair(query: ArrayLike<number>, passage: ArrayLike<number>): EncodedPair;
}

const QUERY_TOKENS_MAX = 64;

const bertNormalizer = z.looseObject({
  type: z.literal('BertNormalizer'),
  clean_text: z.literal(true),
  handle_chinese_chars: z.literal(true),
  strip_accents: z.union([z.null(), z.literal(true)]),
  lowercase: z.literal(true),
});
const wordPiece = z.looseObject({
  type: z.literal('WordPiece'),
  unk_token: z.string(),
  max_input_chars_per_word: z.number().int().positive().default(100),
});

/** Appends the ids of a text without specials until at least `idsMax` are there. */
type Encode = (text: string, out: number[], idsMax: number) => void;

/** The library's BERT normaliser differs from the reference (case, surrogate pairs, controls), so here it only cuts words. */
function bertEncoder(tokenizer: LibraryTokenizer, file: TokenizerFile): Encode | null {
  const model = wordPiece.safeParse(file.model);
  const library = tokenizer.model;
  if (!model.success || library === null || !bertNormalizer.safeParse(file.normalizer).success) return null;
  if (file.pre_tokenizer?.type !== 'BertPreTokenizer') return null;
  if (file.added_tokens.some((token) => token.single_word || token.lstrip || token.rstrip || token.normalized))
    return null;
  const unknown = tokenizer.token_to_id(model.data.unk_token);
  if (unknown === undefined) return null;
  const charactersMax = model.data.max_input_chars_per_word;
  const words = new WordPieceEncoder((word) => {
    // A code point takes at most two units: a longer word is unknown without being looked at.
    if (word.length > 2 * charactersMax) return [unknown];
    return library.encode([word]).map((piece) => tokenizer.token_to_id(piece) ?? unknown);
  });
  const added = file.added_tokens.map((token) => token.content.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  if (added.length === 0) return (text, out, idsMax) => words.encodeInto(text, out, idsMax);
  const splitter = new RegExp(`(${added.join('|')})`);
  return (text, out, idsMax) => {
    const [first = '', ...rest] = splitter.test(text) ? text.split(splitter) : [text];
    words.encodeInto(first, out, idsMax);
    for (let at = 0; at + 1 < rest.length && out.length < idsMax; at += 2) {
      out.push(tokenizer.token_to_id(rest[at]!) ?? unknown);
      words.encodeInto(rest[at + 1]!, out, idsMax);
    }
  };
}

/** Any other kind of tokenizer goes through the library as it is. */
function libraryEncoder(tokenizer: LibraryTokenizer): Encode {
  return (text, out) => {
    const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
    for (const id of tokenizer.encode(whole, { add_special_tokens: false }).ids) out.push(id);
  };
}

/** A vocabulary is a record of ids or, in Unigram models, a list; added tokens may lie beyond it. */
function vocabularySizeOf({ model, added_tokens }: TokenizerFile): number {
  const { vocab = {} } = model as { vocab?: Record<string, number> | unknown[] };
  const words = Array.isArray(vocab) ? vocab.length : Math.max(-1, ...Object.values(vocab)) + 1;
  return Math.max(words, ...added_tokens.map(({ id }) => id + 1));
}

/**
 * Opens `tokenizer.json` of a model directory. Ids equal those of the reference implementation for BERT-like models.
 * Keeps a bounded cache of words; one per thread.
 * @throws EngineError `model_missing` or `model_damaged`.
 */
export function openModelTokenizer(modelDir: string, options: TokenizerLimits): ModelTokenizer {
  const path = join(modelDir, 'tokenizer.json');
  const { tokenizer, file } = loadTokenizer(path);
  const limits = { queryTokensMax: QUERY_TOKENS_MAX, ...options };
  let frame: Frame;
  let encodeInto: Encode;
  try {
    frame = readFrame(tokenizer);
    encodeInto = bertEncoder(tokenizer, file) ?? libraryEncoder(tokenizer);
  } catch (cause) {
    throw new EngineError(
      'model_damaged',
      `Cannot use tokenizer: its parts do not fit: ${path}`,
      { file: path },
      cause,
    );
  }
  const idsOf = (text: string, idsMax: number): number[] => {
    const out: number[] = [];
    encodeInto(text, out, idsMax);
    if (out.length > idsMax) out.length = idsMax;
    return out;
  };
  return {
    tokensMax: limits.tokensMax,
    vocabularySize: vocabularySizeOf(file),
    encode(text, tokensMax = limits.tokensMax) {
      const { before, after } = frame.single;
      const ids = idsOf(text, Math.max(0, tokensMax - before.length - after.length));
      return Int32Array.from([...before, ...ids, ...after]);
    },
    encodeWithoutSpecials: (text, idsMax = Number.POSITIVE_INFINITY) => Int32Array.from(idsOf(text, idsMax)),
    count: (text) => idsOf(text, Number.POSITIVE_INFINITY).length,
    pair: (query, passage) => buildPair(frame, limits, query, passage),
  };
}
