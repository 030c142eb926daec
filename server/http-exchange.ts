/**
 * One request and its answer. What uWebSockets.js lends is copied before anything can wait; an answer counts as out when its
 * last byte is with the kernel, however slowly the client reads, so that a drain cuts nothing short.
 */
import type { HttpRequest as UwsRequest, HttpResponse as UwsResponse } from 'uwebsockets-portable';
import { type Outcome, outcomeOf } from '../ops/index.ts';
import type { SafetyHeaders } from './http-headers.ts';
import type { Load } from './http-load.ts';
import {
  type CrossOrigin,
  type HttpAnswer,
  type HttpSettings,
  NOT_SERVED,
  type Refusal,
  type Route,
  type Served,
} from './http-types.ts';
import { discard, write, writeReady } from './http-write.ts';

const HEADERS_READ = [
  'accept',
  'authorization',
  'content-type',
  'forwarded',
  'if-none-match',
  'x-api-key',
  'x-forwarded-for',
  'x-real-ip',
  'x-request-deadline-ms',
  'x-request-id',
] as const;

const NO_BODY = new Uint8Array(0);
const NONE: readonly (readonly [string, string])[] = [];

export interface Exchange {
  readonly response: UwsResponse;
  /** Dies when the function returns. */
  readonly request: UwsRequest;
  readonly route: Route;
  readonly settings: Pick<HttpSettings, 'bodyBytesMax' | 'connections' | 'refuse' | 'record' | 'clock'>;
  readonly load: Load;
  readonly safety: SafetyHeaders;
  /** Null where pages of other sites may not read the answer. */
  readonly crossOrigin: CrossOrigin | null;
}

export function exchange(parts: Exchange): void {
  const { response, request, route, settings, load, safety, crossOrigin } = parts;
  const startUs = settings.clock.nowUs();
  const client = Buffer.from(response.getRemoteAddressAsText()).toString('latin1');
  const sample = (outcome: Outcome, served: Served): void => {
    const totalNs = (settings.clock.nowUs() - startUs) * 1000;
    const { cache, rerank, arm, queueNs, degraded, empty, requestId } = served;
    const endpoint = route.endpoint ?? route.path;
    settings.record({ endpoint, outcome, cache, rerank, arm, totalNs, queueNs, degraded, empty, requestId, client });
  };
  if (request.getHeader('content-length') !== '' && isRepeated(request, 'content-length')) {
    sample(outcomeOf(400), NOT_SERVED);
    response.close();
    return;
  }
  const shared = crossOrigin === null ? NONE : crossOrigin.answerTo(request.getHeader('origin'));
  const accompaniment = { shared, safety, connections: settings.connections };
  if (route.ready !== undefined && !load.draining) {
    const ready = route.ready(request, client);
    if (ready !== null) {
      sample('answered', ready.served);
      writeReady(response, ready, accompaniment, () => load.begin());
      return;
    }
  }
  const head = request.getMethod() === 'head';
  const headers = new Map<string, string>();
  for (const name of HEADERS_READ) {
    const value = request.getHeader(name);
    if (value !== '') headers.set(name, value);
  }
  joinRepeated(request, headers);
  for (const name of route.headersRead ?? []) {
    const value = request.getHeader(name);
    if (value !== '') headers.set(name, value);
  }
  const copied = { method: route.method, path: request.getUrl(), query: request.getQuery() ?? '', headers, client };
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
  const finish = (answer: HttpAnswer, last = false): void => {
    if (gone) {
      discard(answer);
      return;
    }
    record(outcomeOf(answer.status), answer.served ?? NOT_SERVED);
    response.cork(() =>
      write(response, answer, { ...accompaniment, head, closing: load.draining, last, settle, left }),
    );
  };
  const run = (body: Uint8Array): void => {
    try {
      const answer = route.handle({ ...copied, body });
      if (answer instanceof Promise)
        answer
          .then(
            (whole) => finish(whole),
            (error: unknown) => finish(settings.refuse({ kind: 'internal', error }, copied)),
          )
          // What cannot even be refused is cut: the client sees that, and the process goes on.
          .catch(() => gone || response.close());
      else finish(answer);
    } catch (error) {
      finish(settings.refuse({ kind: 'internal', error }, copied));
    }
  };
  const refused = (refusal: Refusal): void =>
    finish(settings.refuse(refusal, copied), refusal.kind !== 'body_too_large');
  if (route.method === 'GET') run(NO_BODY);
  else collect(response, settings, left, { whole: run, refused });
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

/** Lists that a proxy may go on in a line of its own, behind that of the client: the first line alone would be the client's word. */
const LISTS = ['x-forwarded-for', 'forwarded'];

function joinRepeated(request: UwsRequest, headers: Map<string, string>): void {
  if (!LISTS.some((name) => headers.has(name))) return;
  for (const name of LISTS) headers.delete(name);
  request.forEach((name, value) => {
    const before = headers.get(name);
    if (LISTS.includes(name)) headers.set(name, before === undefined ? value : `${before}, ${value}`);
  });
}

interface Gathering {
  readonly whole: (body: Uint8Array) => void;
  readonly refused: (refusal: Refusal) => void;
}

/** Gathers a body of at most `bodyBytesMax`; one that is longer, or does not come in time, is refused as soon as it is. */
function collect(
  response: UwsResponse,
  { bodyBytesMax: bytesMax, connections }: Exchange['settings'],
  left: Set<() => void>,
  { whole, refused }: Gathering,
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
