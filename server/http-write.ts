/** An answer on its way out: status, headers, and the body as fast as the client takes it. */
import type { Connections } from './connections/index.ts';
import { CONTENT_SECURITY_POLICY, HeadBytes, NOT_KEPT, type SafetyHeaders } from './http-headers.ts';
import type { Load } from './http-load.ts';
import { stream } from './http-stream.ts';
import type { HttpAnswer, ReadyAnswer } from './http-types.ts';
import type { UwsResponse } from './uws.ts';

type Header = readonly [string, string];

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
};

/** What goes with any answer, whatever it says. */
export interface Accompaniment {
  /** What pages of other sites need to read it. */
  readonly shared: readonly Header[];
  readonly safety: SafetyHeaders;
  readonly connections: Connections;
}

/** All headers of an answer: made once an answer, gone when it is. */
const headBytes = new WeakMap<readonly Header[], HeadBytes>();

/**
 * Written at once, corked as all is that a handler writes before it returns, with nothing to wait for: of ten microseconds, half would go
 * into copying a request that is not needed.
 */
export function writeReady(
  response: UwsResponse,
  { status, headers, body, served }: ReadyAnswer,
  { shared, safety, connections }: Accompaniment,
  load: Load,
): void {
  if (status !== 200) response.writeStatus(`${status} ${REASONS[status]}`);
  let head = headBytes.get(headers);
  if (head === undefined) {
    head = new HeadBytes([safety.whole, ...headers]);
    headBytes.set(headers, head);
  }
  response.writeHeader(head.name, head.with(served.requestId));
  for (const [name, value] of shared) response.writeHeader(name, value);
  if (body === null) {
    response.endWithoutBody();
    return;
  }
  const [, done] = response.tryEnd(body, body.length);
  if (done) return;
  const settle = load.begin();
  const leave = sendRest(response, body, connections, settle);
  response.onAborted(() => {
    leave();
    settle();
  });
}

interface Writing extends Accompaniment {
  readonly head: boolean;
  /** Whether the client is told to end the connection behind this answer. */
  readonly closing: boolean;
  /** Whether it is ended in any case, and nothing that is still sent is read. */
  readonly last: boolean;
  /** To be called when the answer is out. */
  readonly settle: () => void;
  /** What to call when the client leaves. */
  readonly left: Set<() => void>;
}

export function write(response: UwsResponse, answer: HttpAnswer, writing: Writing): void {
  const { head, closing, last, settle, left, connections } = writing;
  const { status, body } = answer;
  response.writeStatus(`${status} ${REASONS[status] ?? 'Unknown'}`);
  writeHeaders(response, answer, writing);
  if (closing && !last) response.writeHeader('connection', 'close');
  if (status === 304 || status === 204) {
    // A length would have to be that of the answer which is not sent (RFC 9110, 8.6).
    response.endWithoutBody();
    settle();
    return;
  }
  const whole = typeof body === 'string' || body instanceof Uint8Array;
  if (!head) {
    if (last && whole) {
      response.end(body, true);
      settle();
    } else if (whole) {
      const bytes = typeof body === 'string' ? Buffer.from(body) : body;
      const [, done] = response.tryEnd(bytes, bytes.length);
      if (done) settle();
      else left.add(sendRest(response, bytes, connections, settle));
    } else stream(response, body, { settle, left });
    return;
  }
  // Told the length, endWithoutBody() of the older build never counts the answer as done and drops the connection.
  if (whole) response.writeHeader('content-length', String(Buffer.byteLength(body)));
  response.endWithoutBody();
  discard(answer);
  settle();
}

function writeHeaders(
  response: UwsResponse,
  { contentType, headers = [] }: HttpAnswer,
  { safety, shared }: Writing,
): void {
  let framed = false;
  let kept = false;
  if (contentType !== '') response.writeHeader('content-type', contentType);
  for (const [name, value] of headers) {
    response.writeHeader(name, value);
    framed ||= name === CONTENT_SECURITY_POLICY[0];
    kept ||= name === NOT_KEPT[0];
  }
  for (const [name, value] of shared) response.writeHeader(name, value);
  if (!kept) response.writeHeader(...NOT_KEPT);
  response.writeHeader(...(framed ? safety.plain : safety.whole));
}

/** Lets the source of an answer that nobody reads end what it holds. */
export function discard({ body }: HttpAnswer): void {
  if (typeof body === 'string' || body instanceof Uint8Array) return;
  void body[Symbol.asyncIterator]()
    .return?.()
    .catch(() => {});
}

/**
 * Hands the kernel what is left of a body as it takes it, and cuts off a client that takes too long.
 *
 * @param settle called when all of it is out
 * @returns what to call when the client leaves, beside `settle`
 */
function sendRest(response: UwsResponse, body: Uint8Array, connections: Connections, settle: () => void): () => void {
  // What was only lent is used again for the next answer.
  const kept = body.slice();
  const leave = connections.awaitReader(() => response.close());
  response.onWritable((offset) => {
    const [ok, finished] = response.tryEnd(kept.subarray(offset), body.length);
    if (finished) {
      leave();
      settle();
    }
    return ok;
  });
  return leave;
}
