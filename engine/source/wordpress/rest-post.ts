import * as z from 'zod';
import { clipHeading } from '../../heading.ts';
import { isoDateMs, languageTag, linkAddress, shortened } from '../field-values.ts';
import { plainText } from '../plain-text.ts';
import type { SourceEvent, SourcePost } from '../types.ts';

/** What a listing of posts is asked for: nothing that is not read below. */
export const POST_FIELDS =
  'id,date_gmt,modified_gmt,status,type,link,lang,title.rendered,content.rendered,content.protected,_links,_embedded';

const named = z.object({ name: z.string() });
const term = named.extend({ taxonomy: z.string() });

/** WordPress sends `false` or '' where plugins removed a value, and error objects in place of what may not be embedded. */
const restPost = z.object({
  id: z.number().int().positive(),
  date_gmt: z.string().nullish().catch(null),
  modified_gmt: z.string().nullish().catch(null),
  status: z.string().catch('publish'),
  type: z.string(),
  link: z.string().catch(''),
  lang: z.string().nullish().catch(null),
  title: z.object({ rendered: z.string() }).catch({ rendered: '' }),
  content: z.object({ rendered: z.string(), protected: z.boolean().catch(false) }),
  _embedded: z
    .object({
      author: z.array(z.unknown()).catch([]),
      'wp:term': z.array(z.array(z.unknown()).catch([])).catch([]),
    })
    .partial()
    .catch({}),
});

export type RestPostReading =
  | { readonly kind: 'post'; readonly post: SourcePost }
  /** Not for the public: protected by a password, or not published. */
  | { readonly kind: 'withheld'; readonly id: string; readonly modifiedMs: number | null }
  | {
      readonly kind: 'malformed';
      readonly id: string | null;
      readonly event: Extract<SourceEvent, { kind: 'rejected' }>;
    };

/** One element of a listing. `siteLang` is for posts that do not state a language of their own. */
export function readRestPost(value: unknown, address: string, siteLang: string | null): RestPostReading {
  const parsed = restPost.safeParse(value);
  if (!parsed.success) return malformed(value, address, parsed.error);
  const { data } = parsed;
  const id = String(data.id);
  const modifiedMs = isoDateMs(data.modified_gmt ?? '');
  if (data.status !== 'publish' || data.content.protected) return { kind: 'withheld', id, modifiedMs };
  const embedded = data._embedded ?? {};
  const terms = (embedded['wp:term'] ?? []).flat().map((value) => term.safeParse(value).data);
  const namesOf = (taxonomy: string): string[] =>
    unique(terms.filter((found) => found?.taxonomy === taxonomy).map((found) => plainText(found!.name)));
  const author = (embedded.author ?? []).map((value) => named.safeParse(value).data?.name).find(Boolean);
  return {
    kind: 'post',
    post: {
      id,
      title: clipHeading(plainText(data.title.rendered)),
      html: data.content.rendered,
      text: null,
      url: linkAddress(data.link) ?? '',
      dateMs: isoDateMs(data.date_gmt ?? ''),
      modifiedMs,
      author: author === undefined ? null : plainText(author) || null,
      categories: namesOf('category'),
      tags: namesOf('post_tag'),
      type: data.type,
      lang: languageTag(data.lang ?? '') ?? siteLang,
    },
  };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name !== '');
}

function malformed(value: unknown, address: string, error: z.ZodError): RestPostReading {
  const issue = error.issues[0]!;
  const field = issue.path.join('.');
  const id = z.object({ id: z.number() }).safeParse(value).data?.id;
  return {
    kind: 'malformed',
    id: id === undefined ? null : String(id),
    event: {
      kind: 'rejected',
      place: { file: address, field, value: shortened(value), expected: issue.message },
      reason: `Cannot read a post of the site: ${field}: ${issue.message}: ${shortened(value)}`,
      action: 'skipped',
    },
  };
}
