import type { LibraryTokenizer } from './tokenizer-library.ts';

/** Ids and segment ids of a framed query and passage; lengths are equal. */
export interface EncodedPair {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array;
}

export interface TokenizerLimits {
  /** At least the special tokens of a pair and one of each part; 4 … 8192. */
  readonly tokensMax: number;
  /** Default 64. */
  readonly queryTokensMax?: number;
}

/** Special tokens around and between, found by framing a text whose own ids are known. */
export interface Frame {
  readonly before: readonly number[];
  readonly between: readonly number[];
  readonly after: readonly number[];
  readonly types: { readonly query: number; readonly between: readonly number[]; readonly passage: number };
  readonly single: { readonly before: readonly number[]; readonly after: readonly number[] };
}

/** Reads the special tokens off the library's own framing. */
export function readFrame(tokenizer: LibraryTokenizer): Frame {
  const probe = 'a';
  const own = tokenizer.encode(probe, { add_special_tokens: false }).ids.length;
  const single = tokenizer.encode(probe).ids;
  const inner = tokenizer.encode(probe, { add_special_tokens: false }).ids;
  const find = (ids: readonly number[], from: number): number =>
    ids.findIndex((_, at) => at >= from && inner.every((id, step) => ids[at + step] === id));
  const pair = tokenizer.encode(probe, { text_pair: probe, return_token_type_ids: true });
  const types = pair.token_type_ids ?? pair.ids.map(() => 0);
  const alone = find(single, 0);
  const query = find(pair.ids, 0);
  const passage = find(pair.ids, query + own);
  if (own === 0 || alone < 0 || query < 0 || passage < 0) throw new Error('Special tokens hide the text');
  return {
    before: pair.ids.slice(0, query),
    between: pair.ids.slice(query + own, passage),
    after: pair.ids.slice(passage + own),
    types: { query: types[query]!, between: types.slice(query + own, passage), passage: types[passage]! },
    single: { before: single.slice(0, alone), after: single.slice(alone + own) },
  };
}

/** Cuts the query to its limit, then the passage to what is left. */
export function buildPair(
  frame: Frame,
  limits: Required<TokenizerLimits>,
  query: ArrayLike<number>,
  passage: ArrayLike<number>,
): EncodedPair {
  const { before, between, after, types } = frame;
  const specials = before.length + between.length + after.length;
  const queryLength = Math.min(query.length, limits.queryTokensMax, limits.tokensMax - specials);
  const passageLength = Math.min(passage.length, limits.tokensMax - specials - queryLength);
  const ids = new Int32Array(specials + queryLength + passageLength);
  const typeIds = new Int32Array(ids.length);
  const passageStart = before.length + queryLength + between.length;
  ids.set(before);
  for (let at = 0; at < queryLength; at++) ids[before.length + at] = query[at]!;
  ids.set(between, before.length + queryLength);
  for (let at = 0; at < passageLength; at++) ids[passageStart + at] = passage[at]!;
  ids.set(after, passageStart + passageLength);
  typeIds.fill(types.query, 0, before.length + queryLength);
  typeIds.set(types.between, before.length + queryLength);
  typeIds.fill(types.passage, passageStart);
  return { ids, typeIds };
}
