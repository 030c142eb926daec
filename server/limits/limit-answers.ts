/**
 * How is a limit told? Both families of headers on each limited answer, and the refusals themselves.
 *
 * `RateLimit` and `RateLimit-Policy` are those of draft-ietf-httpapi-ratelimit-headers; a window is told as the time in which a
 * whole burst comes back, so that quota and remainder count the same thing. `X-RateLimit-*` say it in the older way, the reset in seconds from now.
 */
import { type HttpAnswer, NOT_SERVED, type RequestHead } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { requestIdOf } from '../request-id.ts';
import { formatOfAnswer, problem } from '../wire/index.ts';
import type { Ruling } from './limiter.ts';

const NS_PER_S = 1e9;

const seconds = (nanoseconds: number): number => Math.ceil(nanoseconds / NS_PER_S);

type Header = readonly [string, string];

/** Member by member: a spread of answers of several shapes costs a microsecond. The type says when one is missing. */
export function withRateHeaders(answer: HttpAnswer, { policy, remaining, resetAfterNs }: Ruling): Required<HttpAnswer> {
  const { status, contentType, body, headers = [], served = NOT_SERVED } = answer;
  const left = String(remaining);
  const reset = String(seconds(resetAfterNs));
  const rate: Header[] = [
    policy.header,
    ['ratelimit', `"${policy.name}";r=${left};t=${reset}`],
    policy.limitHeader,
    ['x-ratelimit-remaining', left],
    ['x-ratelimit-reset', reset],
  ];
  return { status, contentType, body, headers: [...headers, ...rate], served };
}

export function limitedAnswer(request: RequestHead, ruling: Ruling): HttpAnswer {
  const { policy, quantity, retryAfterNs } = ruling;
  const { maxRequests, windowSeconds, burst } = policy;
  const retryS = Math.max(1, seconds(retryAfterNs));
  const detail =
    quantity > burst
      ? `A batch of ${quantity} is more than may be asked at once: send at most ${burst} queries`
      : `At most ${maxRequests} queries in ${windowSeconds} s, ${burst} at once: ask again in ${retryS} s`;
  return withRateHeaders(refusal(request, 'rate_limited', detail, [['retry-after', String(retryS)]]), ruling);
}

export const blockedAnswer = (request: RequestHead, untilS: number): HttpAnswer =>
  refusal(request, 'blocked', `Requests from this address are not answered for ${untilS} s`, [
    ['cache-control', 'no-store'],
  ]);

function refusal(
  { headers }: RequestHead,
  code: 'rate_limited' | 'blocked',
  detail: string,
  more: readonly Header[],
): HttpAnswer {
  const requestId = requestIdOf(headers.get('x-request-id'));
  const answer = problemAnswer(problem(code, detail, requestId), formatOfAnswer(headers.get('accept')) ?? 'json');
  return { ...answer, headers: [...(answer.headers ?? []), ...more], served: { ...NOT_SERVED, requestId } };
}
