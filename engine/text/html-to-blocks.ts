import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import type { Block } from './block.ts';
import { BlockCollector } from './block-collector.ts';
import { BLOCK, SKIPPED } from './html-elements.ts';
import { closedShortcodes } from './shortcodes.ts';

/** WordPress draws emoji as pictures; their text belongs in the sentence. */
const EMOJI_CLASS = /(?:^|\s)(?:emoji|wp-smiley)(?:\s|$)/;
const PARAGRAPH_COMMENT = /^\s*(?:more|nextpage)/;

/** Receives the tokenizer's offsets into the source and tells the collector what they mean. */
class HtmlReader implements TokenizerCallbacks {
  readonly #source: string;
  readonly #collector: BlockCollector;
  #tag = '';
  #attribute = '';
  #alt = '';
  #className = '';
  /** The element whose content is skipped, and how many of its name are open. */
  #skipped = '';
  #skippedDepth = 0;

  constructor(source: string, collector: BlockCollector) {
    this.#source = source;
    this.#collector = collector;
  }

  ontext(start: number, end: number): void {
    if (this.#skippedDepth === 0) this.#collector.text(this.#source.slice(start, end));
  }

  ontextentity(codePoint: number): void {
    if (this.#skippedDepth === 0) this.#collector.text(String.fromCodePoint(codePoint));
  }

  onopentagname(start: number, end: number): void {
    this.#tag = this.#source.slice(start, end).toLowerCase();
    this.#alt = '';
    this.#className = '';
  }

  onattribname(start: number, end: number): void {
    this.#attribute = this.#tag === 'img' ? this.#source.slice(start, end).toLowerCase() : '';
  }

  onattribdata(start: number, end: number): void {
    this.#attributeText(this.#attribute === '' ? '' : this.#source.slice(start, end));
  }

  onattribentity(codePoint: number): void {
    this.#attributeText(String.fromCodePoint(codePoint));
  }

  onopentagend(): void {
    const name = this.#tag;
    if (this.#skippedDepth > 0) {
      if (name === this.#skipped) this.#skippedDepth++;
    } else if (SKIPPED.has(name)) {
      this.#skipped = name;
      this.#skippedDepth = 1;
    } else this.#open(name);
  }

  onselfclosingtag(): void {
    // Only foreign elements close themselves; HTML ignores the slash.
    if (this.#tag !== 'svg' && this.#tag !== 'math') this.onopentagend();
  }

  onclosetag(start: number, end: number): void {
    const name = this.#source.slice(start, end).toLowerCase();
    if (this.#skippedDepth > 0) {
      if (name === this.#skipped) this.#skippedDepth--;
    } else if (name === 'br') this.#collector.lineBreak();
    else if (BLOCK.has(name)) this.#collector.closeBlock(name);
    else this.#collector.closeInline(name);
  }

  oncomment(start: number, end: number): void {
    if (this.#skippedDepth === 0 && PARAGRAPH_COMMENT.test(this.#source.slice(start, Math.min(end, start + 20)))) {
      this.#collector.closeBlock('hr');
    }
  }

  oncdata(start: number, end: number, offset: number): void {
    this.ontext(start, end - offset);
  }

  onattribend(): void {
    this.#attribute = '';
  }

  ondeclaration(): void {}
  onprocessinginstruction(): void {}
  onend(): void {}

  #attributeText(text: string): void {
    if (this.#attribute === 'alt') this.#alt += text;
    else if (this.#attribute === 'class') this.#className += text;
  }

  #open(name: string): void {
    if (name === 'br') this.#collector.lineBreak();
    else if (name === 'img' && EMOJI_CLASS.test(this.#className)) this.#collector.text(this.#alt);
    else if (name === 'img') this.#collector.alternative(this.#alt);
    else if (BLOCK.has(name)) this.#collector.openBlock(name);
    else this.#collector.openInline(name);
  }
}

/**
 * The text of a WordPress post with its structure: classic content with blank lines for paragraphs, block-editor content
 * with its comments, or rendered HTML. Shortcodes go and what they enclose stays; scripts, styles, embedded frames, drawings
 * and form controls go with their content. Never throws; linear in the length, whatever the nesting.
 */
export function htmlToBlocks(html: string): Block[] {
  const collector = new BlockCollector(closedShortcodes(html));
  // The tokenizer and not the parser above it, whose stack of open elements costs quadratic time on deep nesting.
  const tokenizer = new Tokenizer({ decodeEntities: true }, new HtmlReader(html, collector));
  tokenizer.write(html);
  tokenizer.end();
  return collector.end();
}
