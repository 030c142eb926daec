/**
 * One request and its answer. What uWebSockets.js lends is copied before anything can wait; an answer counts as out when its
 * last byte is with the kernel, however slowly the client reads, so that a drain cuts nothing short.
 */
import type { HttpRequest as UwsRequest, HttpResponse as UwsResponse } from 'uwebsockets-portable';
import { type Outcome, outcomeOf } from '../ops/index.ts';
import { answerOf } from './admission.ts';
import { FORWARDING_HEADERS, forwardingOf } from './header-lists.ts';
import type { Load } from './http-load.ts';
import { stream } from './http-stream.ts';
import {
  type Admitted,
  type HttpAnswer,
  type HttpRequest,
  type HttpSettings,
  NOT_SERVED,
  type ReadyAnswer,
  type Route,
  type Served,
} from './http-types.ts';

const HEADERS_READ = [
  'accept',
  'authorization',
  'content-type',
  'forwarded',
  'if-none-match',
  'priority',
  'sec-purpose',
  'x-api-key',
  'x-forwarded-for',
  'x-real-ip',
  'x-request-deadline-ms',
  'x-request-id',
] as const;

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const NO_BODY = new Uint8Array(0);

export interface Exchange {
  readonly response: UwsResponse;
  /** Dies when the function returns. */
  readonly request: UwsRequest;
  readonly route: Route;
  readonly settings: Pick<HttpSettings, 'admit' | 'bodyBytesMax' | 'callerOf' | 'clock' | 'record' | 'refuse'>;
  readonly load: Load;
}

export function exchange({ response, request, route, settings, load }: Exchange): void {
  const startUs = settings.clock.nowUs();
  const client = Buffer.from(response.getRemoteAddressAsText()).toString('latin1');
  const caller = settings.callerOf?.(request, client);
  const sample = (outcome: Outcome, served: Served): void => {
    const totalNs = (settings.clock.nowUs() - startUs) * 1000;
    const { cache, rerank, arm, queueNs, degraded, empty, requestId } = served;
    const endpoint = route.endpoint ?? route.path;
    const who = caller ?? client;
    settings.record({
      endpoint,
      outcome,
      cache,
      rerank,
      arm,
      totalNs,
      queueNs,
      degraded,
      empty,
      requestId,
      client: who,
    });
  };
  if (route.ready !== undefined && !load.draining) {
    const ready = route.ready(request, client);
    if (ready !== null) {
      sample('answered', ready.served);
      writeReady(response, ready, load);
      return;
    }
  }
  const head = request.getMethod() === 'head';
  const asked = copyOf(request, route, { client, ...(caller === undefined ? {} : { caller }) }, settings);
  const settle = load.begin();
  let gone = false;
  let recorded = false;
  /** One sample a request: an answer that a client does not wait for, or does not read to its end, leaves no second one. */
  const record = (outcome: Outcome, served: Served): void => {
    if (recorded) return;
    recorded = true;
    sample(outcome, served);
  };
  const left = new Set<() => void>();
  response.onAborted(() => {
    gone = true;
    record('aborted', NOT_SERVED);
    for (const leave of left) leave();
    settle();
  });
  const finish = (answer: HttpAnswer): void => {
    if (gone) {
      discard(answer);
      return;
    }
    record(outcomeOf(answer.status), answer.served ?? NOT_SERVED);
    response.cork(() => write(response, answer, { head, closing: load.draining, settle, left }));
  };
  const failed = (error: unknown): void => finish(settings.refuse({ kind: 'internal', error }, asked));
  const run = (admitted: Admitted | Promise<Admitted>, body: Uint8Array): void => {
    asked.body = body;
    try {
      const answer = answerOf(admitted, asked);
      // What cannot even be refused is cut: the client sees that, and the process goes on.
      if (answer instanceof Promise) answer.then(finish, failed).catch(() => gone || response.close());
      else finish(answer);
    } catch (error) {
      failed(error);
    }
  };
  let admitted: Admitted | Promise<Admitted>;
  try {
    admitted = settings.admit?.(asked) ?? route.admit?.(asked) ?? route.handle;
  } catch (error) {
    failed(error);
    return;
  }
  const { bodyBytesMax: bytesMax } = settings;
  const refused = typeof admitted !== 'function' && !(admitted instanceof Promise);
  if (route.method === 'GET' || refused) run(admitted, NO_BODY);
  else {
    // Told to whoever waits for the body; a client that leaves before its end waits for nothing.
    if (admitted instanceof Promise) admitted.catch(() => {});
    const tooLarge = (): void => finish(settings.refuse({ kind: 'body_too_large', bytesMax }, asked));
    collect(response, bytesMax, (body) => run(admitted, body), tooLarge);
  }
}

/** What is lent, copied; the body is yet to come. */
function copyOf(
  request: UwsRequest,
  { method, headersRead = [] }: Route,
  who: Pick<HttpRequest, 'client' | 'caller'>,
  { callerOf }: Exchange['settings'],
): Omit<HttpRequest, 'body'> & { body: Uint8Array } {
  const headers = new Map<string, string>();
  for (const names of [HEADERS_READ, headersRead]) {
    for (const name of names) {
      const value = request.getHeader(name);
      if (value !== '') headers.set(name, value);
    }
  }
  // Where it matters whom a request is from, a first line that is empty hides no second one.
  const exact = callerOf !== undefined || headersRead.length > 0;
  if (exact || FORWARDING_HEADERS.some((name) => headers.has(name)))
    for (const [name, value] of forwardingOf(request)) headers.set(name, value);
  return { method, path: request.getUrl(), query: request.getQuery() ?? '', headers, ...who, body: NO_BODY };
}

/** Written at once, corked as all is that a handler writes before it returns, with nothing to wait for: of ten microseconds, half would go into copying a request that is not needed. */
function writeReady(response: UwsResponse, { headers, body, served }: ReadyAnswer, load: Load): void {
  if (body === null) response.writeStatus('304 Not Modified');
  for (const [name, value] of headers) response.writeHeader(name, value);
  response.writeHeader('x-request-id', served.requestId);
  if (body === null) {
    response.endWithoutBody();
    return;
  }
  const settle = load.begin();
  let out = false;
  send(response, body, () => {
    out = true;
    settle();
  });
  if (!out) response.onAborted(settle);
}

interface Writing {
  readonly head: boolean;
  /** Whether the connection ends behind this answer. */
  readonly closing: boolean;
  readonly settle: () => void;
  /** What to call when the client leaves. */
  readonly left: Set<() => void>;
}

function write(response: UwsResponse, answer: HttpAnswer, { head, closing, settle, left }: Writing): void {
  const { status, contentType, body, headers = [] } = answer;
  response.writeStatus(`${status} ${REASONS[status] ?? 'Unknown'}`);
  response.writeHeader('content-type', contentType);
  for (const [name, value] of headers) response.writeHeader(name, value);
  if (closing) response.writeHeader('connection', 'close');
  if (status === 304) {
    // A length would have to be that of the answer which is not sent (RFC 9110, 8.6).
    response.endWithoutBody();
    settle();
    return;
  }
  const whole = typeof body === 'string' || body instanceof Uint8Array;
  if (!head) {
    if (whole) send(response, typeof body === 'string' ? Buffer.from(body) : body, settle);
    else stream(response, body, { settle, left });
    return;
  }
  // Told the length, endWithoutBody() of the older build never counts the answer as done and drops the connection.
  if (whole) response.writeHeader('content-length', String(Buffer.byteLength(body)));
  response.endWithoutBody();
  discard(answer);
  settle();
}

/** Lets the source of an answer that nobody reads end what it holds. */
function discard({ body }: HttpAnswer): void {
  if (typeof body === 'string' || body instanceof Uint8Array) return;
  void body[Symbol.asyncIterator]()
    .return?.()
    .catch(() => {});
}

/** Hands the body to the kernel as it takes it; an abort settles in its place. */
function send(response: UwsResponse, body: Uint8Array, settle: () => void): void {
  const begin = response.getWriteOffset();
  const [, done] = response.tryEnd(body, body.length);
  if (done) {
    settle();
    return;
  }
  // What was only lent is used again for the next answer.
  const kept = body.slice();
  response.onWritable((offset) => {
    const [ok, finished] = response.tryEnd(kept.subarray(offset - begin), body.length);
    if (finished) settle();
    return ok;
  });
}

/** Gathers a body of at most `bytesMax`; one that is longer is refused as soon as it is. */
function collect(
  response: UwsResponse,
  bytesMax: number,
  whole: (body: Uint8Array) => void,
  tooLarge: () => void,
): void {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let refused = false;
  response.onData((chunk, isLast) => {
    if (refused) return;
    bytes += chunk.byteLength;
    if (bytes > bytesMax) {
      refused = true;
      parts = [];
      tooLarge();
      return;
    }
    // The chunk is only lent until this callback returns.
    parts.push(new Uint8Array(chunk.slice(0)));
    if (isLast) whole(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  });
}
