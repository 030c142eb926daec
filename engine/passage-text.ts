/** What a passage is to each reader: title and headings belong to it, though they stand elsewhere. */
import { createHash } from 'node:crypto';
import { type ModelTokenizer, passageContext } from './text/index.ts';

export interface PassageParts {
  readonly title: string;
  readonly headingPath: readonly string[];
  readonly text: string;
}

/** For the lexical index: every word counts. */
export const lexicalText = ({ title, headingPath, text }: PassageParts): string =>
  [title, ...headingPath, text].join('\n');

/** For a model: title and headings as sentences before the text, cut so that the passage itself always fits. */
export const modelText = (parts: PassageParts, tokenizer: ModelTokenizer): string =>
  [...passageContext(parts, tokenizer).split('\n'), parts.text].filter((part) => part !== '').join('. ');

/** Passages with the same key are the same to every model. */
export const passageKey = ({ title, headingPath, text }: PassageParts): string =>
  createHash('sha256')
    .update(JSON.stringify([title, headingPath, text]))
    .digest('base64');
