/**
 * One request and its answer. What uWebSockets.js lends is copied before anything can wait; an answer counts as out when its
 * last byte is with the kernel, however slowly the client reads, so that a drain cuts nothing short.
 */
import { type Outcome, outcomeOf } from '../ops/index.ts';
import { answerOf } from './admission.ts';
import { FORWARDING_HEADERS, forwardingOf } from './header-lists.ts';
import { collect } from './http-body.ts';
import type { Load } from './http-load.ts';
import {
  type Admitted,
  type CrossOrigin,
  type HttpAnswer,
  type HttpRequest,
  type HttpSettings,
  NOT_SERVED,
  type Refusal,
  type Route,
  type Served,
} from './http-types.ts';
import { type Accompaniment, discard, write, writeReady } from './http-write.ts';
import type { UwsRequest, UwsResponse } from './uws.ts';

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

const NO_BODY = new Uint8Array(0);

/** What is the same for all requests of a route. */
export interface Passage {
  readonly route: Route;
  readonly settings: Pick<
    HttpSettings,
    'admit' | 'bodyBytesMax' | 'callerOf' | 'clock' | 'connections' | 'record' | 'refuse'
  >;
  readonly load: Load;
  /** Of an answer that pages of other sites may not read. */
  readonly plain: Accompaniment;
  /** Null where they may not. */
  readonly crossOrigin: CrossOrigin | null;
}

/** @param request dies when the function returns */
export function exchange(passage: Passage, response: UwsResponse, request: UwsRequest): void {
  const { route, settings, load, plain, crossOrigin } = passage;
  const startUs = settings.clock.nowUs();
  // The kernel is asked only where it may be one of several: of the time of an answer that is ready that would be a tenth.
  const client = settings.connections.census.only || addressOf(response);
  const caller = settings.callerOf?.(request, client);
  const from: From = { startUs, client, caller };
  if (request.getHeader('content-length') !== '' && isRepeated(request, 'content-length')) {
    sample(passage, from, outcomeOf(400), NOT_SERVED);
    response.close();
    return;
  }
  const accompaniment =
    crossOrigin === null ? plain : { ...plain, shared: crossOrigin.answerTo(request.getHeader('origin')) };
  if (route.ready !== undefined && !load.draining) {
    const ready = route.ready(request, client);
    if (ready !== null) {
      sample(passage, from, outcomeOf(ready.status), ready.served);
      writeReady(response, ready, accompaniment, load);
      return;
    }
  }
  const head = request.getMethod() === 'head';
  const who = caller === undefined ? { client } : { client, caller };
  answerTo(copyOf(request, route, who, settings), { passage, response, from, accompaniment, head });
}

interface From {
  readonly startUs: number;
  readonly client: string;
  readonly caller: string | undefined;
}

/** The other end of a connection, as text; asks the kernel. */
export const addressOf = (response: UwsResponse): string =>
  Buffer.from(response.getRemoteAddressAsText()).toString('latin1');

/** Field by field: copying an object whole takes microseconds. */
function sample(
  { route, settings: { clock, record } }: Passage,
  { startUs, client, caller }: From,
  outcome: Outcome,
  { cache, rerank, arm, queueNs, degraded, empty, requestId }: Served,
): void {
  const totalNs = (clock.nowUs() - startUs) * 1000;
  const endpoint = route.endpoint ?? route.path;
  const who = caller ?? client;
  // biome-ignore format: one line a sample
  record({ endpoint, outcome, cache, rerank, arm, totalNs, queueNs, degraded, empty, requestId, client: who });
}

interface Answering {
  readonly passage: Passage;
  readonly response: UwsResponse;
  readonly from: From;
  readonly accompaniment: Accompaniment;
  readonly head: boolean;
}

function answerTo(asked: Copied, { passage, response, from, accompaniment, head }: Answering): void {
  const { route, settings, load } = passage;
  const settle = load.begin();
  let gone = false;
  let recorded = false;
  /** One sample a request: an answer that a client does not wait for, or does not read to its end, leaves no second one. */
  const record = (outcome: Outcome, served: Served): void => {
    if (recorded) return;
    recorded = true;
    sample(passage, from, outcome, served);
  };
  const left = new Set<() => void>();
  response.onAborted(() => {
    gone = true;
    record('aborted', NOT_SERVED);
    for (const leave of left) leave();
    settle();
  });
  const finish = (answer: HttpAnswer, last = false): void => {
    if (gone) {
      discard(answer);
      return;
    }
    record(outcomeOf(answer.status), answer.served ?? NOT_SERVED);
    const way = { ...accompaniment, head, closing: load.draining, last, settle, left };
    response.cork(() => write(response, answer, way));
  };
  const failed = (error: unknown): void => finish(settings.refuse({ kind: 'internal', error }, asked));
  const run = (admitted: Admitted | Promise<Admitted>, body: Uint8Array): void => {
    asked.body = body;
    try {
      const answer = answerOf(admitted, asked);
      if (answer instanceof Promise)
        answer
          .then((whole) => finish(whole), failed)
          // What cannot even be refused is cut: the client sees that, and the process goes on.
          .catch(() => gone || response.close());
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
  const atOnce = typeof admitted !== 'function' && !(admitted instanceof Promise);
  if (route.method === 'GET' || atOnce) {
    run(admitted, NO_BODY);
    return;
  }
  // Told to whoever waits for the body; a client that leaves before its end waits for nothing.
  if (admitted instanceof Promise) admitted.catch(() => {});
  const refused = (refusal: Refusal): void =>
    finish(settings.refuse(refusal, asked), refusal.kind !== 'body_too_large');
  const bounds = { ...settings, bodyBytesMax: route.bodyBytesMax ?? settings.bodyBytesMax };
  collect(response, bounds, { whole: (body) => run(admitted, body), refused, left });
}

/**
 * Two lengths may differ, and hide a request from a proxy that believes the other one (RFC 9112, 6.3). What follows in the same packet is
 * read behind any answer, so there is none.
 */
function isRepeated(request: UwsRequest, field: string): boolean {
  let times = 0;
  request.forEach((name) => {
    if (name === field) times += 1;
  });
  return times > 1;
}

type Copied = Omit<HttpRequest, 'body'> & { body: Uint8Array };

/** What is lent, copied; the body is yet to come. */
function copyOf(
  request: UwsRequest,
  { method, headersRead = [] }: Route,
  who: Pick<HttpRequest, 'client' | 'caller'>,
  { callerOf }: Passage['settings'],
): Copied {
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
