/**
 * Did a page of another site make the browser send this? Asked wherever the request itself proves nothing: access by being on this machine,
 * or by a password that the browser adds on its own. Answers cross-site request forgery, and DNS rebinding, where a name of the
 * attacker's leads to 127.0.0.1 and so appears in Host.
 */
import type { HttpRequest, RequestHead } from '../http.ts';
import { isLoopback } from './addresses.ts';

/** What else than the forwarding headers shows that a proxy stands between. */
export const PROXY_SIGNS = [
  'cf-connecting-ip',
  'true-client-ip',
  'via',
  'x-client-ip',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-server',
] as const;

/** Headers that only these questions need; they are read for no other address. */
export const SITE_HEADERS = ['host', 'origin', 'sec-fetch-mode', 'sec-fetch-site', ...PROXY_SIGNS] as const;

/** The name without port and brackets, in lower case. */
const nameOf = (host: string): string =>
  host
    .toLowerCase()
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');

/** A name that cannot lead an attacker's page here: `localhost` and below (RFC 6761), or an address of loopback itself. */
function isLoopbackName(host: string): boolean {
  const name = nameOf(host);
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(name);
}

/** Why the request looks like another site's; null where it does not. */
export function otherSite(
  { headers, method }: Pick<RequestHead, 'headers' | 'method'>,
  names: ReadonlySet<string>,
): string | null {
  const host = headers.get('host');
  const origin = headers.get('origin');
  if (origin !== undefined && !isOwn(origin, host, names))
    return `Origin is another site's; if it is this server, name it in server.auth.hosts: ${origin.slice(0, 200)}`;
  const site = headers.get('sec-fetch-site');
  // A link that leads here shows a page; only what acts, or is fetched by a page behind the reader's back, is refused.
  const followed = method === 'GET' && headers.get('sec-fetch-mode') === 'navigate';
  if ((site === 'cross-site' || site === 'same-site') && !followed)
    return `A page of another site sent this; open the address itself: Sec-Fetch-Site: ${site}`;
  return null;
}

/** Why the name that the request calls us by may be a rebound one; null where it is ours. */
export function foreignHost(headers: HttpRequest['headers'], names: ReadonlySet<string>): string | null {
  const host = headers.get('host');
  if (host === undefined || isLoopbackName(host) || names.has(nameOf(host))) return null;
  return `Host is no loopback name; send a key, or name it in server.auth.hosts: ${host.slice(0, 200)}`;
}

function isOwn(origin: string, host: string | undefined, names: ReadonlySet<string>): boolean {
  if (!URL.canParse(origin)) return false;
  const { host: from } = new URL(origin);
  return from !== '' && (from === withoutDefaultPort(host, origin) || names.has(nameOf(from)));
}

/** Host as an origin of that scheme spells it. */
function withoutDefaultPort(host: string | undefined, origin: string): string | undefined {
  return host?.toLowerCase().replace(origin.startsWith('https:') ? /:443$/ : /:80$/, '');
}
