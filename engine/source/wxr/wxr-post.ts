import { clipHeading } from '../../heading.ts';
import { isoDateMs, languageTag, linkAddress, rssDateMs } from '../field-values.ts';
import { plainText } from '../plain-text.ts';
import type { SourcePost } from '../types.ts';
import type { WxrChannel, WxrItem } from './item-parser.ts';

export type WxrReading =
  | { readonly kind: 'post'; readonly post: SourcePost }
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'unusable'; readonly field: string; readonly value: string; readonly expected: string };

/** An item as a post, when it is of a wanted type and open to the public. */
export function readWxrItem(item: WxrItem, channel: WxrChannel, types: ReadonlySet<string>): WxrReading {
  const field = (name: string): string => (item.fields.get(name) ?? '').trim();
  const type = field('wp:post_type');
  const status = field('wp:status');
  if (!types.has(type)) return { kind: 'ignored', why: `type ${type || 'unknown'}` };
  if (status !== 'publish') return { kind: 'ignored', why: `status ${status || 'unknown'}` };
  if (item.fields.get('wp:post_password')) return { kind: 'ignored', why: 'protected by a password' };
  const id = field('wp:post_id');
  if (!/^\d+$/u.test(id)) return { kind: 'unusable', field: 'wp:post_id', value: id, expected: 'a whole number' };
  const namesOf = (domain: string): string[] => {
    const names = item.terms.filter((term) => term.domain === domain).map((term) => plainText(term.name));
    return [...new Set(names)].filter((name) => name !== '');
  };
  const login = field('dc:creator');
  return {
    kind: 'post',
    post: {
      id,
      title: clipHeading(plainText(field('title'))),
      html: item.fields.get('content:encoded') ?? '',
      text: null,
      url: linkAddress(field('link')) ?? '',
      dateMs: isoDateMs(field('wp:post_date_gmt')) ?? rssDateMs(field('pubDate')) ?? isoDateMs(field('wp:post_date')),
      modifiedMs: isoDateMs(field('wp:post_modified_gmt')),
      author: plainText(channel.authors.get(login) ?? login) || null,
      categories: namesOf('category'),
      tags: namesOf('post_tag'),
      type,
      lang: languageTag(channel.fields.get('language') ?? ''),
    },
  };
}
