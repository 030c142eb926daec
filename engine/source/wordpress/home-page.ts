import { languageTag } from '../field-values.ts';
import { HtmlReader, readHtml } from '../html-reader.ts';

const API_RELATION = 'https://api.w.org/';

/** What the front page says of itself stands in its head; more of it is neither fetched nor read. */
export const HOME_PAGE_BYTES_MAX = 256 * 1024;

export interface HomePage {
  /** Where the page says the REST API is, as written; the Link header goes before the link element. */
  readonly apiAddress: string | null;
  /** BCP 47, from the html element. */
  readonly lang: string | null;
}

/** Collects the attributes of the html element and of link elements; of equal names the first counts. */
class HeadReader extends HtmlReader {
  readonly #html: string;
  #tag = '';
  #name = '';
  #value = '';
  #attributes = new Map<string, string>();
  apiAddress: string | null = null;
  lang: string | null = null;

  constructor(html: string) {
    super();
    this.#html = html;
  }

  override onopentagname(start: number, end: number): void {
    this.#tag = this.#html.slice(start, end).toLowerCase();
    this.#attributes = new Map();
  }

  override onattribname(start: number, end: number): void {
    this.#name = this.#html.slice(start, end).toLowerCase();
    this.#value = '';
  }

  override onattribdata(start: number, end: number): void {
    this.#value += this.#html.slice(start, end);
  }

  override onattribentity(codePoint: number): void {
    this.#value += String.fromCodePoint(codePoint);
  }

  override onattribend(): void {
    const wanted = this.#tag === 'html' || this.#tag === 'link';
    if (wanted && !this.#attributes.has(this.#name)) this.#attributes.set(this.#name, this.#value);
  }

  override onopentagend(): void {
    const attributes = this.#attributes;
    if (this.#tag === 'html') this.lang ??= languageTag(attributes.get('lang') ?? attributes.get('xml:lang') ?? '');
    const names = this.#tag === 'link' && attributes.get('rel') === API_RELATION;
    if (names) this.apiAddress ??= attributes.get('href') ?? null;
  }
}

/** What a WordPress front page says of itself. The HTML may be cut off anywhere. */
export function readHomePage(linkHeader: string | undefined, html: string): HomePage {
  const reader = new HeadReader(html);
  readHtml(html, reader);
  return { apiAddress: apiFromLinkHeader(linkHeader ?? '') ?? reader.apiAddress, lang: reader.lang };
}

/** Link header (RFC 8288): `<address>; rel="https://api.w.org/"`, possibly one of several. */
function apiFromLinkHeader(header: string): string | null {
  for (const [, address, parameters] of header.matchAll(/<([^<>]*)>([^<>]*)/gu)) {
    if (/\brel\s*=\s*"?https:\/\/api\.w\.org\/"?/iu.test(parameters!)) return address!;
  }
  return null;
}
