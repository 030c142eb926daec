/** Who asks, for whoever counts requests: a key that was found good, else the address. */
import type { HttpRequest } from '../http.ts';
import { plainAddress } from './addresses.ts';

export type Identity =
  | { readonly kind: 'key'; readonly id: string }
  /** In one spelling, IPv4 inside IPv6 as IPv4. */
  | { readonly kind: 'address'; readonly address: string };

/** Requests with a good key only, so that the many without one cost nothing here. */
const keyed = new WeakMap<HttpRequest, Identity>();

export function rememberKey(request: HttpRequest, id: string): void {
  keyed.set(request, { kind: 'key', id });
}

/** Of a request that has passed the guard. */
export const identityOf = (request: HttpRequest): Identity =>
  keyed.get(request) ?? { kind: 'address', address: plainAddress(request.client) };
