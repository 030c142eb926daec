/**
 * WordPress shortcodes in prose. Which tags exist depends on the plugins of the site, so a bracket is a shortcode when it
 * looks like nothing else: it closes, it has attributes, its closing tag occurs, or its name is one of WordPress's own.
 */
const CORE_TAGS: ReadonlySet<string> = new Set(
  `audio caption embed gallery playlist video wp_caption wp_audio_shortcode toc contact-form contact-form-7 more
  products product_page woocommerce_cart woocommerce_checkout woocommerce_my_account`.split(/\s+/),
);
const TAG = /^\[(\/?)([A-Za-z][\w-]*)(\s[^\]]*?)?(\/?)\]/;
const ATTRIBUTE = /^\s+[\w-]+\s*=\s*\S/;

/** Names that are closed somewhere in the source, in lower case. */
export function closedShortcodes(source: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [, name = ''] of source.matchAll(/\[\/([A-Za-z][\w-]{0,63})\]/g)) names.add(name.toLowerCase());
  return names;
}

interface Tag {
  readonly closing: boolean;
  readonly selfClosing: boolean;
  readonly name: string;
  readonly attributes: string;
}

function readTag(text: string): Tag | null {
  const match = TAG.exec(text);
  if (match === null) return null;
  const [, slash, name = '', attributes = '', selfClosing] = match;
  return { closing: slash === '/', selfClosing: selfClosing === '/', name: name.toLowerCase(), attributes };
}

/** `items[name]` in a sentence is a subscript. `alone` tells that the text around it is nothing but tags. */
function isShortcode(tag: Tag, before: string, closed: ReadonlySet<string>, alone: boolean): boolean {
  if (tag.closing || tag.selfClosing || ATTRIBUTE.test(tag.attributes) || closed.has(tag.name)) return true;
  if (/[\p{L}\p{N}_)]$/u.test(before)) return false;
  if (CORE_TAGS.has(tag.name)) return tag.attributes.trim() === '' || alone || /^\s+https?:/.test(tag.attributes);
  return alone && tag.attributes.trim() === '' && /[_-]/.test(tag.name);
}

/** Past the `]` that ends the tag at `start`; −1 where another bracket comes first or none. */
function tagEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text[at];
    if (unit === ']') return at + 1;
    if (unit === '[') return -1;
  }
  return -1;
}

function removeTags(text: string, closed: ReadonlySet<string>, alone: boolean): string {
  let out = '';
  let copied = 0;
  let at = text.indexOf('[');
  while (at >= 0) {
    let next = at + 1;
    const end = tagEnd(text, at);
    const tag = end < 0 ? null : readTag(text.slice(at, end));
    if (tag !== null && text[at - 1] === '[' && text[end] === ']') {
      // Doubled brackets print the tag itself.
      out += text.slice(copied, at - 1) + text.slice(at, end);
      copied = end + 1;
      next = end + 1;
    } else if (tag !== null && isShortcode(tag, text.slice(Math.max(0, at - 2), at), closed, alone)) {
      out += `${text.slice(copied, at)} `;
      copied = end;
      next = end;
    }
    at = text.indexOf('[', next);
  }
  return copied === 0 ? text : out + text.slice(copied);
}

/** Prose without shortcode tags; what they enclose stays, but for addresses to embed. Linear in the length. */
export function stripShortcodes(text: string, closed: ReadonlySet<string>): string {
  if (!text.includes('[')) return text;
  const prose = withoutEmbeds(text);
  const bare = removeTags(prose, closed, true);
  return bare.trim() === '' ? '' : removeTags(prose, closed, false);
}

const EMBED = '[embed';
const EMBED_END = '[/embed]';
/** Of a tag to embed, whose attributes are few. */
const EMBED_CHARS_MAX = 200;

/** Addresses to embed are for players, not for readers. Linear: what lies between two brackets is looked at once. */
function withoutEmbeds(text: string): string {
  let out = '';
  let copied = 0;
  for (let at = text.indexOf(EMBED); at >= 0; at = text.indexOf(EMBED, at + 1)) {
    const next = text.indexOf('[', at + 1);
    if (next < 0) break;
    const tagEnd = text.slice(at, Math.min(next, at + EMBED.length + EMBED_CHARS_MAX + 1)).indexOf(']');
    if (tagEnd < 0 || !text.startsWith(EMBED_END, next)) continue;
    out += `${text.slice(copied, at)} `;
    copied = next + EMBED_END.length;
  }
  return copied === 0 ? text : out + text.slice(copied);
}
