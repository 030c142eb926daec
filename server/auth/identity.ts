/** Whose key did a request bring, for whoever counts requests? */
import type { RequestHead } from '../http.ts';

/** Requests with a good key only, so that the many without one cost nothing here. */
const keyed = new WeakMap<RequestHead, string>();

export function rememberKey(request: RequestHead, id: string): void {
  keyed.set(request, id);
}

/** The id of the key that was found good, of a request that has passed the guard; null where it brought none. */
export const keyIdOf = (request: RequestHead): string | null => keyed.get(request) ?? null;
