/**
 * Which key does a request bring? `Authorization: Bearer`, `X-Api-Key`, or the password of `Authorization: Basic`: browsers send no other
 * on their own, and the dashboard is a page.
 */
import type { HttpRequest } from '../http.ts';

export type Credentials =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'key';
      readonly text: string;
      /** Whether a browser would send it along with a request that another site made it send. */
      readonly ambient: boolean;
    }
  /** Something, but no key of ours: a password for a proxy, perhaps. */
  | { readonly kind: 'foreign' }
  /** Two keys that differ: which one should count is anyone's guess. */
  | { readonly kind: 'two' };

const OURS = 'wpc_';
const SCHEME = /^(bearer|basic) +([^ ]+) *$/i;

export function credentialsOf(headers: HttpRequest['headers']): Credentials {
  const authorization = headers.get('authorization');
  const apiKey = headers.get('x-api-key')?.trim();
  if (authorization === undefined && apiKey === undefined) return { kind: 'none' };
  const [, scheme, given = ''] = SCHEME.exec(authorization ?? '') ?? [];
  const ambient = scheme?.toLowerCase() === 'basic';
  const text = ambient ? passwordOf(given) : given;
  const ours = [text, apiKey ?? ''].filter((one) => one.startsWith(OURS));
  if (ours.length === 0) return { kind: 'foreign' };
  if (ours.length === 2 && ours[0] !== ours[1]) return { kind: 'two' };
  return { kind: 'key', text: ours[0]!, ambient: ambient && apiKey !== ours[0] };
}

/** Of RFC 7617: what follows the first colon; the name before it may be anything. */
function passwordOf(base64: string): string {
  const pair = Buffer.from(base64, 'base64').toString('latin1');
  return pair.slice(pair.indexOf(':') + 1);
}
