import type { Block } from './block.ts';
import { splitSentences } from './sentences.ts';

/** The smallest piece that is not cut again: a sentence, a line of code, a row, a heading. */
export interface Unit {
  readonly text: string;
  readonly tokens: number;
  /** What stands before it in a passage, unless it is the first. */
  readonly glue: '' | ' ' | '\n';
}

/** Counts model tokens of a text. */
export type CountTokens = (text: string) => number;

const IDEOGRAPHS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;
const WORDS_OR_SIGNS = /[\p{L}\p{N}]+|[^\p{L}\p{N}\s]/gu;
/** Word pieces a word, on average, of English prose. */
const PIECES_A_WORD = 1.3;

/** Stands in for a tokenizer where there is none: about the number of word pieces. */
export function estimateTokens(text: string): number {
  const ideographs = text.match(IDEOGRAPHS)?.length ?? 0;
  const words = text.replace(IDEOGRAPHS, ' ').match(WORDS_OR_SIGNS)?.length ?? 0;
  return ideographs + Math.ceil(words * PIECES_A_WORD);
}

/** Pieces longer than this are cut before they are counted, so that counting stays linear. */
const PIECE_UNITS_MAX = 4000;

/** Offset nearest to `wanted` after white space, else one that parts no surrogate pair; strictly inside the text. */
function cutNear(text: string, wanted: number): number {
  const reach = Math.floor(wanted / 2);
  for (let step = 0; step < reach; step++) {
    if (/\s/.test(text[wanted - step - 1] ?? '')) return wanted - step;
    if (/\s/.test(text[wanted + step - 1] ?? '') && wanted + step < text.length) return wanted + step;
  }
  const unit = text.charCodeAt(wanted);
  const inPair = unit >= 0xdc00 && unit < 0xe000 && wanted > 1;
  return inPair ? wanted - 1 : wanted;
}

/** A word no vocabulary knows is one token however long; this bounds what a passage holds all the same. */
const UNITS_A_TOKEN_MAX = 20;

function halve(text: string, count: CountTokens, tokensMax: number, out: Unit[]): void {
  const tokens = Math.max(count(text), Math.ceil(text.length / UNITS_A_TOKEN_MAX));
  if (tokens <= tokensMax || text.length < 2) {
    out.push({ text, tokens, glue: '' });
    return;
  }
  const cut = cutNear(text, text.length >> 1);
  halve(text.slice(0, cut), count, tokensMax, out);
  halve(text.slice(cut), count, tokensMax, out);
}

/** Cuts a text into units of at most `tokensMax` tokens at word boundaries, else inside a word. */
function cutLong(text: string, count: CountTokens, tokensMax: number): Unit[] {
  const out: Unit[] = [];
  let rest = text;
  while (rest.length > PIECE_UNITS_MAX) {
    const cut = cutNear(rest.slice(0, 2 * PIECE_UNITS_MAX), PIECE_UNITS_MAX);
    halve(rest.slice(0, cut), count, tokensMax, out);
    rest = rest.slice(cut);
  }
  halve(rest, count, tokensMax, out);
  return out;
}

function piecesOf(block: Block, language: string): string[] {
  if (block.kind === 'row' || block.kind === 'heading') return [block.text];
  if (block.kind === 'code') return block.text.split(/(?<=\n)/);
  return splitSentences(block.text, language);
}

const glueAfter = (text: string): Unit['glue'] => {
  if (text.endsWith('\n')) return '\n';
  return /\s$/.test(text) ? ' ' : '';
};

/** A block as units, each counted once; its first stands on a new line. */
export function unitsOf(block: Block, language: string, count: CountTokens, tokensMax: number): Unit[] {
  const units: Unit[] = [];
  let glue: Unit['glue'] = '\n';
  for (const piece of piecesOf(block, language)) {
    for (const cut of cutLong(piece, count, tokensMax)) {
      const text = block.kind === 'code' ? cut.text.replace(/\n$/, '') : cut.text.trim();
      // An empty line of code is no unit of its own.
      if (text.trim() !== '') units.push({ text, tokens: cut.tokens, glue });
      if (text.trim() !== '') glue = glueAfter(cut.text);
    }
  }
  return units;
}
