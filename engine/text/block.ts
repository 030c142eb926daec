/** What a block was in the page; everything that is not one of the others is a paragraph. */
export type BlockKind =
  | 'heading'
  | 'paragraph'
  | 'item'
  | 'row'
  | 'code'
  | 'quote'
  | 'caption'
  | 'alt'
  | 'term'
  | 'definition'
  | 'summary';

/** A run of text that belongs together. Never empty; NFC; one space between words, except in code. */
export interface Block {
  readonly kind: BlockKind;
  /** 1 … 6 for a heading, the depth of nesting (from 1) for a list item or quote, 0 for the rest. */
  readonly level: number;
  /** Lines are separated by `\n`; cells of a table row by ` | `. */
  readonly text: string;
}

/** Stands for a line break until white space is collapsed. */
export const LINE_BREAK = '\u2028';

const INVISIBLE = /[\u00AD\uFEFF]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what is looked for
const CONTROLS = /[\0-\x08\x0e-\x1f\x7f-\x9f]+/g;

/** Prose with one space between words and `\n` where {@link LINE_BREAK} stood. */
export function collapse(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(CONTROLS, ' ')
    .replace(/[^\S\u2028]+/g, ' ')
    .replace(/ ?\u2028[\u2028 ]*/g, '\n')
    .trim()
    .normalize('NFC');
}

/** Code with its lines and indentation; blank lines at both ends go. */
export function tidyCode(text: string): string {
  const lines = text
    .replace(INVISIBLE, '')
    .replace(/\r\n?|\u2028/g, '\n')
    .replaceAll('\u00a0', ' ')
    .replace(CONTROLS, '')
    .normalize('NFC')
    .split('\n')
    .map((line) => line.trimEnd());
  let first = 0;
  let last = lines.length;
  while (first < last && lines[first] === '') first++;
  while (last > first && lines[last - 1] === '') last--;
  return lines.slice(first, last).join('\n');
}

/** Plain text: blank lines separate paragraphs. */
export function textToBlocks(text: string): Block[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/\n[^\S\n]*\n/)
    .map((part) => collapse(part.replaceAll('\n', LINE_BREAK)))
    .filter((part) => part !== '')
    .map((part) => ({ kind: 'paragraph', level: 0, text: part }));
}
