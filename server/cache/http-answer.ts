/** An answer on its way out: whole, or as the word that the caller has it already. */
import type { HttpAnswer, HttpRequest, LentRequest, ReadyAnswer, Served } from '../http.ts';
import { CONTENT_TYPES } from '../wire/index.ts';
import { type Answer, bytesOf, headersOf, LentBytes, matches } from './answer.ts';

const NO_BODY = new Uint8Array(0);
/** @param canary what the caller is told of experiments */
export function httpAnswerOf(
  answer: Answer,
  { method, headers }: HttpRequest,
  served: Served,
  canary: string,
): HttpAnswer {
  const { requestId, cache } = served;
  const named = [
    ['x-request-id', requestId],
    ['x-cache', cache],
    ['x-canary', canary],
  ] as const;
  const contentType = CONTENT_TYPES[answer.format];
  if (method !== 'GET') return { status: 200, served, contentType, body: bytesOf(answer, requestId), headers: named };
  const known = matches(headers.get('if-none-match'), answer.etag);
  return {
    status: known ? 304 : 200,
    served,
    contentType,
    body: known ? NO_BODY : bytesOf(answer, requestId),
    headers: [...named, ...headersOf(answer)],
  };
}

/** Which GETs are the same to the byte, for one index and arm; null where one must be looked at. */
export function addressOf({ method, query, headers }: HttpRequest, generation: string, arm: string): string | null {
  if (method !== 'GET' || headers.has(DEADLINE)) return null;
  return `${generation}\n${arm}\n${headers.get('accept') ?? ''}\n${query}`;
}

const DEADLINE = 'x-request-deadline-ms';
const lentBytes = new LentBytes();

/** The address of a GET that is lent, as {@link addressOf} has it. */
export function lentAddressOf(request: LentRequest, generation: string, arm: string): string | null {
  if (request.getHeader(DEADLINE) !== '') return null;
  return `${generation}\n${arm}\n${request.getHeader('accept')}\n${request.getQuery() ?? ''}`;
}

const HIT = ['x-cache', 'hit'] as const;
/** Made once an answer and what is told with it of experiments; gone when it is. */
const headersOfHits = new WeakMap<Answer, { readonly canary: string; readonly headers: ReadyAnswer['headers'] }>();

/** As {@link httpAnswerOf}, for a hit to a GET that is lent. */
export function readyAnswerOf(answer: Answer, request: LentRequest, served: Served, canary: string): ReadyAnswer {
  let kept = headersOfHits.get(answer);
  if (kept?.canary !== canary) {
    const canaryHeader = ['x-canary', canary] as const;
    const headers = [['content-type', CONTENT_TYPES[answer.format]], HIT, canaryHeader, ...headersOf(answer)] as const;
    kept = { canary, headers };
    headersOfHits.set(answer, kept);
  }
  const { headers } = kept;
  const known = matches(request.getHeader('if-none-match'), answer.etag);
  return known
    ? { status: 304, headers, body: null, served }
    : { status: 200, headers, body: lentBytes.of(answer, served.requestId), served };
}
