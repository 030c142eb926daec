/** The body of a request, as it comes in: whole, or refused as soon as it is too large or too slow. */
import type { HttpSettings, Refusal } from './http-types.ts';
import type { UwsResponse } from './uws.ts';

export interface Gathering {
  readonly whole: (body: Uint8Array) => void;
  readonly refused: (refusal: Refusal) => void;
  /** What to call when the client leaves. */
  readonly left: Set<() => void>;
}

/** Gathers a body of at most `bodyBytesMax`. */
export function collect(
  response: UwsResponse,
  { bodyBytesMax: bytesMax, connections }: Pick<HttpSettings, 'bodyBytesMax' | 'connections'>,
  { whole, refused, left }: Gathering,
): void {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let over = false;
  const refuse = (refusal: Refusal): void => {
    over = true;
    parts = [];
    refused(refusal);
  };
  const came = connections.awaitBody(() => refuse({ kind: 'body_too_slow' }));
  left.add(came);
  response.onData((chunk, isLast) => {
    if (over) return;
    bytes += chunk.byteLength;
    if (bytes > bytesMax) {
      came();
      refuse({ kind: 'body_too_large', bytesMax });
      return;
    }
    // The chunk is only lent until this callback returns.
    parts.push(new Uint8Array(chunk.slice(0)));
    if (!isLast) return;
    came();
    whole(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  });
}
