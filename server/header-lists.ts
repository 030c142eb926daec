/**
 * Headers that are lists, which a proxy may go on in a line of its own behind that of the client (RFC 9110, 5.3). The first line alone
 * is the client's word, and an empty one hides the rest from whoever asks for the header by its name.
 */
import type { LentRequest } from './http-types.ts';

/** All in which a proxy may say whom it speaks for. X-Real-IP is no list: of two that differ neither is to be believed. */
export const FORWARDING_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip'] as const;

/** All lines of the forwarding headers, joined; empty ones count as being there. */
export function forwardingOf(request: Pick<LentRequest, 'forEach'>): Map<string, string> {
  const found = new Map<string, string>();
  request.forEach((name, value) => {
    if (!(FORWARDING_HEADERS as readonly string[]).includes(name)) return;
    const before = found.get(name);
    found.set(name, before === undefined ? value : `${before}, ${value}`);
  });
  return found;
}
