import { Parser } from 'htmlparser2';
import { languageTag } from '../field-values.ts';

const API_RELATION = 'https://api.w.org/';

export interface HomePage {
  /** Where the page says the REST API is, as written; the Link header goes before the link element. */
  readonly apiAddress: string | null;
  /** BCP 47, from the html element. */
  readonly lang: string | null;
}

/** What a WordPress front page says of itself. The HTML may be cut off anywhere. */
export function readHomePage(linkHeader: string | undefined, html: string): HomePage {
  let apiAddress = apiFromLinkHeader(linkHeader ?? '');
  let lang: string | null = null;
  const parser = new Parser({
    onopentag(name, attributes) {
      if (name === 'html') lang ??= languageTag(attributes['lang'] ?? attributes['xml:lang'] ?? '');
      if (name === 'link' && attributes['rel'] === API_RELATION) apiAddress ??= attributes['href'] ?? null;
    },
  });
  parser.end(html);
  return { apiAddress, lang };
}

/** Link header (RFC 8288): `<address>; rel="https://api.w.org/"`, possibly one of several. */
function apiFromLinkHeader(header: string): string | null {
  for (const [, address, parameters] of header.matchAll(/<([^<>]*)>([^<>]*)/gu)) {
    if (/\brel\s*=\s*"?https:\/\/api\.w\.org\/"?/iu.test(parameters!)) return address!;
  }
  return null;
}
