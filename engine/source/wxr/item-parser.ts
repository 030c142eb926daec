import { SaxesParser } from 'saxes';

/** An item of the export as written: the text of its direct children by name, and its terms. */
export interface WxrItem {
  readonly fields: ReadonlyMap<string, string>;
  readonly terms: readonly { readonly domain: string; readonly name: string }[];
  /** 1-based line of its start tag. */
  readonly line: number;
}

/** What the channel says before its items. */
export interface WxrChannel {
  readonly fields: ReadonlyMap<string, string>;
  /** Display names by login. */
  readonly authors: ReadonlyMap<string, string>;
}

export type WxrFinding =
  | { readonly kind: 'item'; readonly item: WxrItem }
  | { readonly kind: 'oversized'; readonly line: number; readonly title: string }
  /** Once for each item and for what lies between two: `count` places of the same kind, of which the first is named. */
  | {
      readonly kind: 'repaired';
      readonly line: number;
      readonly column: number;
      readonly reason: string;
      readonly count: number;
    }
  /** Nothing after it is read: no export has this, and to read on would take memory without bound. */
  | { readonly kind: 'refused'; readonly line: number; readonly reason: string; readonly expected: string }
  /** Nothing after it is read. */
  | { readonly kind: 'malformed'; readonly line: number; readonly column: number; readonly reason: string };

interface OpenItem {
  readonly fields: Map<string, string>;
  readonly terms: { domain: string; name: string }[];
  readonly line: number;
  readonly startPosition: number;
}

const ITEM_DEPTH = 3;
const ITEM_END = '</item>';
const DEPTH_MAX = 256;
/** Characters between two tags outside an item. */
const OUTSIDE_CHARS_MAX = 1024 * 1024;
/** XML 1.0 forbids them, WordPress writes them when authors pasted them; a space each keeps columns true. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the very characters to replace
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/gu;

/**
 * Streams a WXR export: one item in memory at a time. An item beyond the limit is dropped as a whole and the parser starts
 * anew behind it, because it would otherwise hold the text of an unfinished CDATA section without bound.
 */
export class WxrItemParser {
  readonly channel = { fields: new Map<string, string>(), authors: new Map<string, string>() };
  readonly #itemCharsMax: number;
  #parser = new SaxesParser();
  #findings: WxrFinding[] = [];
  #path: string[] = [];
  #text = '';
  #domain = '';
  #login = '';
  #displayName = '';
  #item: OpenItem | null = null;
  #lineOffset = 0;
  /** Into the present parser, whose own position is true only while it parses. */
  #writtenChars = 0;
  /** Where the latest tag ended, into the present parser. */
  #tagPosition = 0;
  #undefinedEntities: { line: number; column: number; count: number } | null = null;
  #malformed = false;
  /** While an oversized item is skipped: the end of what was scanned, since the end tag may straddle chunks. */
  #skipped: string | null = null;
  forbiddenChars = 0;

  constructor(itemCharsMax: number) {
    this.#itemCharsMax = itemCharsMax;
    this.#listen(this.#parser);
  }

  /** Whether the rest of the input is not read. */
  get malformed(): boolean {
    return this.#malformed;
  }

  /** The findings completed by this chunk. */
  write(chunk: string): WxrFinding[] {
    if (this.#malformed) return [];
    const legal = chunk.replace(FORBIDDEN, () => {
      this.forbiddenChars++;
      return ' ';
    });
    if (this.#skipped === null) this.#parse(legal);
    else this.#skip(legal);
    return this.#take();
  }

  /** The findings at the end of input. */
  end(): WxrFinding[] {
    if (this.#skipped !== null) this.#fail(1, 0, 'the input ends inside an oversized item');
    else if (!this.#malformed) this.#guarded(() => this.#parser.close());
    this.#reportEntities();
    return this.#take();
  }

  #take(): WxrFinding[] {
    const findings = this.#findings;
    this.#findings = [];
    return findings;
  }

  #parse(chunk: string): void {
    this.#guarded(() => this.#parser.write(chunk));
    this.#writtenChars += chunk.length;
    const item = this.#item;
    if (item === null) this.#guarded(() => this.#boundOutside(this.#parser, this.#writtenChars));
    if (item === null || this.#writtenChars - item.startPosition <= this.#itemCharsMax) return;
    this.#findings.push({ kind: 'oversized', line: item.line, title: item.fields.get('title') ?? '' });
    this.#item = null;
    this.#reportEntities();
    this.#lineOffset += this.#parser.line - 1;
    this.#skipped = chunk.slice(-(ITEM_END.length - 1));
  }

  #skip(chunk: string): void {
    const text = this.#skipped + chunk;
    const end = text.indexOf(ITEM_END);
    if (end === -1) {
      this.#lineOffset += newlines(chunk);
      this.#skipped = text.slice(-(ITEM_END.length - 1));
      return;
    }
    const rest = text.slice(end + ITEM_END.length);
    this.#lineOffset += newlines(chunk) - newlines(rest);
    this.#skipped = null;
    this.#path = [];
    this.#parser = new SaxesParser();
    this.#writtenChars = 0;
    this.#tagPosition = 0;
    this.#listen(this.#parser);
    this.#parse(`<rss><channel>${rest}`);
  }

  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof StopParsing)) throw error;
    }
  }

  #fail(line: number, column: number, reason: string): void {
    this.#malformed = true;
    this.#item = null;
    this.#reportEntities();
    this.#findings.push({ kind: 'malformed', line: line + this.#lineOffset, column, reason });
  }

  #refuse(parser: SaxesParser, reason: string, expected: string): never {
    this.#malformed = true;
    this.#item = null;
    this.#reportEntities();
    this.#findings.push({ kind: 'refused', line: parser.line + this.#lineOffset, reason, expected });
    throw new StopParsing();
  }

  /** Inside an item the limit of items holds. */
  #boundOutside(parser: SaxesParser, position: number): void {
    if (this.#malformed || position - this.#tagPosition <= OUTSIDE_CHARS_MAX) return;
    const expected = `at most ${OUTSIDE_CHARS_MAX} characters between two tags outside an item`;
    this.#refuse(parser, 'too much text outside an item', expected);
  }

  #reportEntities(): void {
    if (this.#undefinedEntities === null) return;
    this.#findings.push({ kind: 'repaired', reason: 'undefined entity', ...this.#undefinedEntities });
    this.#undefinedEntities = null;
  }

  #listen(parser: SaxesParser): void {
    parser.on('error', (error) => this.#onError(parser, error));
    parser.on('opentag', (tag) => this.#onOpen(tag.name, tag.attributes['domain'] ?? ''));
    parser.on('closetag', (tag) => this.#onClose(tag.name));
    const onText = (text: string): void => {
      this.#text += text;
    };
    parser.on('text', onText);
    parser.on('cdata', onText);
  }

  #onError(parser: SaxesParser, error: Error): void {
    const reason = error.message.replace(/^\d+:\d+: /u, '').replace(/\.$/u, '');
    if (reason === 'undefined entity') {
      const line = parser.line + this.#lineOffset;
      this.#undefinedEntities ??= { line, column: parser.columnIndex, count: 0 };
      this.#undefinedEntities.count++;
      return;
    }
    this.#fail(parser.line, parser.columnIndex, reason);
    throw new StopParsing();
  }

  #onOpen(name: string, domain: string): void {
    if (this.#item === null) this.#boundOutside(this.#parser, this.#parser.position);
    this.#tagPosition = this.#parser.position;
    this.#path.push(name);
    if (this.#path.length > DEPTH_MAX) {
      this.#refuse(this.#parser, 'elements are nested too deep', `elements at most ${DEPTH_MAX} deep`);
    }
    this.#text = '';
    this.#domain = domain;
    if (name === 'item' && this.#path.length === ITEM_DEPTH) {
      this.#reportEntities();
      const line = this.#parser.line + this.#lineOffset;
      this.#item = { fields: new Map(), terms: [], line, startPosition: this.#parser.position };
    }
  }

  #onClose(name: string): void {
    if (this.#item === null) this.#boundOutside(this.#parser, this.#parser.position);
    this.#tagPosition = this.#parser.position;
    const depth = this.#path.length;
    this.#path.pop();
    const text = this.#text;
    this.#text = '';
    if (this.#item !== null) {
      if (depth === ITEM_DEPTH) this.#closeItem(this.#item);
      else if (depth === ITEM_DEPTH + 1 && name === 'category')
        this.#item.terms.push({ domain: this.#domain, name: text });
      else if (depth === ITEM_DEPTH + 1) this.#item.fields.set(name, text);
    } else if (depth === ITEM_DEPTH && name === 'wp:author') {
      if (this.#login !== '') this.channel.authors.set(this.#login, this.#displayName || this.#login);
      this.#login = '';
      this.#displayName = '';
    } else if (depth === ITEM_DEPTH) this.channel.fields.set(name, text);
    else if (depth === ITEM_DEPTH + 1 && name === 'wp:author_login') this.#login = text;
    else if (depth === ITEM_DEPTH + 1 && name === 'wp:author_display_name') this.#displayName = text;
  }

  #closeItem(item: OpenItem): void {
    this.#item = null;
    this.#reportEntities();
    if (this.#parser.position - item.startPosition > this.#itemCharsMax) {
      this.#findings.push({ kind: 'oversized', line: item.line, title: item.fields.get('title') ?? '' });
    } else {
      this.#findings.push({ kind: 'item', item });
    }
  }
}

class StopParsing extends Error {}

function newlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
