import { clipText } from '../heading.ts';
import { HtmlReader, readHtml } from './html-reader.ts';

/** UTF-16 units of a title or name that are looked at. */
const INPUT_UNITS_MAX = 64 * 1024;

class TextReader extends HtmlReader {
  readonly #html: string;
  text = '';

  constructor(html: string) {
    super();
    this.#html = html;
  }

  override ontext(start: number, end: number): void {
    this.text += this.#html.slice(start, end);
  }

  override ontextentity(codePoint: number): void {
    this.text += String.fromCodePoint(codePoint);
  }
}

/**
 * A title or a name as a person reads it: WordPress stores and sends both as HTML, so 'AT&amp;T' and '<em>new</em>' are
 * decoded and stripped, and runs of white space become one space. Nothing after the first 64 Ki UTF-16 units is read.
 */
export function plainText(html: string): string {
  const start = clipText(html, INPUT_UNITS_MAX);
  if (!start.includes('&') && !start.includes('<')) return collapse(start);
  const reader = new TextReader(start);
  readHtml(start, reader);
  return collapse(reader.text);
}

function collapse(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
