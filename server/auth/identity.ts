/** Whose key did a request bring, for whoever counts requests? */
import type { RequestHead } from '../http.ts';
import { credentialsOf } from './credentials.ts';
import { idOf } from './key.ts';

/** Requests with a good key only, so that the many without one cost nothing here. */
const keyed = new WeakMap<RequestHead, string>();

export function rememberKey(request: RequestHead, id: string): void {
  keyed.set(request, id);
}

/** The id of the key that was found good, of a request that has passed the guard; null where it brought none. */
export const keyIdOf = (request: RequestHead): string | null => keyed.get(request) ?? null;

/** The id of the key that a request shows, whether it is good or not; null where it shows none. */
export function claimedKeyId({ headers }: RequestHead): string | null {
  const credentials = credentialsOf(headers);
  return credentials.kind === 'key' ? idOf(credentials.text) : null;
}
