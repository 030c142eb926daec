/**
 * What does every answer tell a browser? Not to guess its type, frame it, run anything in it or say where its reader came from (OWASP REST
 * Security Cheat Sheet); over TLS, to come back over TLS alone (RFC 6797).
 */

type Header = readonly [string, string];

/** For answers that are no pages; pages say their own. */
export const CONTENT_SECURITY_POLICY: Header = [
  'content-security-policy',
  "default-src 'none'; frame-ancestors 'none'",
];
/** For answers that do not say how they may be kept. */
export const NOT_KEPT: Header = ['cache-control', 'no-store'];

const SAFE: readonly Header[] = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
];
/** A year. */
const STRICT_TRANSPORT: Header = ['strict-transport-security', 'max-age=31536000'];

export interface SafetyHeaders {
  /** For an answer that may bring its own policy and word on caching. */
  readonly plain: Header;
  /** With the policy, for an answer that brings none. */
  readonly whole: Header;
}

export function safetyHeaders(tls: boolean): SafetyHeaders {
  const plain = tls ? [...SAFE, STRICT_TRANSPORT] : SAFE;
  return { plain: join(plain), whole: join([...plain, CONTENT_SECURITY_POLICY]) };
}

/** Several lines that are written as one: a call into uWebSockets.js costs more than their bytes. Never of what a caller sent. */
function join([first, ...rest]: readonly Header[]): Header {
  const [name, value] = first!;
  return [name, [value, ...rest.map((header) => header.join(': '))].join('\r\n')];
}

/** Of a request id, as `requestIdOf` takes it. */
const ID_CHARS_MAX = 64;

/**
 * Headers and a request id behind them, as bytes that are kept: a text would be put together, and then read twice to be copied, each time.
 */
export class HeadBytes {
  readonly name: string;
  readonly #bytes: Buffer;
  readonly #idAt: number;
  #view: Uint8Array;

  constructor(headers: readonly Header[]) {
    const [name, value] = join([...headers, ['x-request-id', '']]);
    this.name = name;
    this.#idAt = Buffer.byteLength(value);
    this.#bytes = Buffer.alloc(this.#idAt + ID_CHARS_MAX);
    this.#bytes.write(value);
    this.#view = this.#bytes;
  }

  /** What follows {@link name}; valid until the next call. @param requestId as `requestIdOf` makes it */
  with(requestId: string): Uint8Array {
    const { length } = requestId;
    if (this.#view.length !== this.#idAt + length) this.#view = this.#bytes.subarray(0, this.#idAt + length);
    for (let at = 0; at < length; at++) this.#bytes[this.#idAt + at] = requestId.charCodeAt(at);
    return this.#view;
  }
}
