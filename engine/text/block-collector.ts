import { type Block, type BlockKind, collapse, LINE_BREAK, tidyCode } from './block.ts';
import { CELL, ENDS_HEADING, INLINE_CODE, LIST, OWN_PARAGRAPH, PREFORMATTED } from './html-elements.ts';
import { stripShortcodes } from './shortcodes.ts';

const ROLE: Readonly<Record<string, BlockKind>> = {
  figcaption: 'caption',
  caption: 'caption',
  dt: 'term',
  dd: 'definition',
  summary: 'summary',
};
/** The end of these ends whatever role was left open inside. */
const ROLE_CONTAINER: ReadonlySet<string> = new Set(['figure', 'table', 'dl', 'details']);
const CELL_SEPARATOR = ' | ';
const DEPTH_MAX = 1000;

const headingLevel = (name: string): number => (/^h[1-6]$/.test(name) ? Number(name[1]) : 0);

/**
 * Turns tags and text, in the order of the page, into blocks. It keeps counters instead of a tree, so that unclosed and
 * wrongly nested tags cost nothing and depth has no limit.
 */
export class BlockCollector {
  readonly blocks: Block[] = [];
  readonly #closedShortcodes: ReadonlySet<string>;
  /** Text of the block so far, without shortcodes. */
  #text = '';
  /** Text since the last code, with them. */
  #prose = '';
  #heading = 0;
  #lists = 0;
  #quotes = 0;
  #preformatted = 0;
  #inlineCode = 0;
  #role: BlockKind | null = null;
  #cells: string[] | null = null;
  #blankLinesDivide = true;
  #afterBreak = false;

  constructor(closedShortcodes: ReadonlySet<string>) {
    this.#closedShortcodes = closedShortcodes;
  }

  text(text: string): void {
    if (this.#afterBreak && /\S/.test(text)) this.#afterBreak = false;
    if (this.#preformatted > 0 || this.#inlineCode > 0) {
      this.#text += text;
    } else if (this.#blankLinesDivide && text.includes('\n')) {
      const [first = '', ...others] = text.split(/\n[^\S\n]*\n/);
      this.#prose += first;
      for (const other of others) {
        this.#flush();
        this.#prose += other;
      }
    } else {
      this.#prose += text;
    }
  }

  /** A line break; two in a row end a paragraph. */
  lineBreak(): void {
    if (this.#preformatted > 0) this.#text += '\n';
    else if (this.#afterBreak && this.#cells === null && this.#heading === 0) this.#flush();
    else this.#prose += LINE_BREAK;
    this.#afterBreak = true;
  }

  /** The text that stands for a picture. */
  alternative(text: string): void {
    const alt = collapse(text);
    if (alt === '') return;
    if (this.#cells !== null) this.#prose += ` ${alt} `;
    else if (this.blocks.at(-1)?.text !== alt) this.blocks.push({ kind: 'alt', level: 0, text: alt });
  }

  openInline(name: string): void {
    if (!INLINE_CODE.has(name)) return;
    this.#settleProse();
    this.#inlineCode++;
  }

  closeInline(name: string): void {
    if (INLINE_CODE.has(name) && this.#inlineCode > 0) this.#inlineCode--;
  }

  openBlock(name: string): void {
    this.#boundary();
    if (ENDS_HEADING.has(name)) this.#heading = 0;
    const level = headingLevel(name);
    if (level > 0) this.#heading = level;
    else if (LIST.has(name)) this.#lists = Math.min(this.#lists + 1, DEPTH_MAX);
    else if (name === 'blockquote') this.#quotes = Math.min(this.#quotes + 1, DEPTH_MAX);
    else if (PREFORMATTED.has(name)) this.#preformatted = 1;
    else if (name === 'tr') this.#openRow();
    else if (CELL.has(name)) this.#openCell();
    const role = ROLE[name];
    if (role !== undefined) this.#role = role;
    this.#blankLinesDivide = !OWN_PARAGRAPH.has(name);
  }

  closeBlock(name: string): void {
    this.#boundary();
    if (headingLevel(name) > 0) this.#heading = 0;
    else if (LIST.has(name)) this.#lists = Math.max(0, this.#lists - 1);
    else if (name === 'blockquote') this.#quotes = Math.max(0, this.#quotes - 1);
    else if (PREFORMATTED.has(name)) this.#preformatted = 0;
    else if (name === 'tr' || name === 'table') this.#closeRow();
    if (ROLE[name] !== undefined || ROLE_CONTAINER.has(name)) this.#role = null;
    this.#blankLinesDivide = true;
  }

  end(): Block[] {
    this.#boundary();
    this.#closeRow();
    return this.blocks;
  }

  #openRow(): void {
    this.#closeRow();
    this.#cells = [];
  }

  #openCell(): void {
    this.#cells ??= [];
    this.#cells.push('');
  }

  #closeRow(): void {
    const cells = this.#cells;
    this.#cells = null;
    const text =
      cells
        ?.map((cell) => collapse(cell))
        .filter((cell) => cell !== '')
        .join(CELL_SEPARATOR) ?? '';
    if (text !== '') this.blocks.push({ kind: 'row', level: 0, text });
  }

  #boundary(): void {
    this.#flush();
    this.#inlineCode = 0;
    this.#afterBreak = false;
  }

  #settleProse(): void {
    if (this.#prose === '') return;
    this.#text += stripShortcodes(this.#prose, this.#closedShortcodes);
    this.#prose = '';
  }

  #flush(): void {
    this.#settleProse();
    const raw = this.#text;
    this.#text = '';
    if (raw === '') return;
    if (this.#cells !== null && this.#cells.length > 0) {
      this.#cells.push(`${this.#cells.pop() ?? ''} ${raw}`);
      return;
    }
    const kind = this.#kind();
    const text = kind === 'code' ? tidyCode(raw) : collapse(raw);
    if (text !== '') this.blocks.push({ kind, level: this.#levelOf(kind), text });
  }

  #kind(): BlockKind {
    if (this.#preformatted > 0) return 'code';
    if (this.#heading > 0) return 'heading';
    if (this.#role !== null) return this.#role;
    if (this.#lists > 0) return 'item';
    return this.#quotes > 0 ? 'quote' : 'paragraph';
  }

  #levelOf(kind: BlockKind): number {
    if (kind === 'heading') return this.#heading;
    if (kind === 'item') return this.#lists;
    return kind === 'quote' ? this.#quotes : 0;
  }
}
