/**
 * How is a limit told? Both families of headers on each limited answer, and the refusals themselves.
 *
 * `RateLimit` and `RateLimit-Policy` are those of draft-ietf-httpapi-ratelimit-headers; a window is told as the time in which a
 * whole burst comes back, so that quota and remainder count the same thing. `X-RateLimit-*` say it in the older way, the reset in seconds from now.
 */
import type { HttpAnswer, HttpRequest } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { requestIdOf } from '../request-id.ts';
import { formatOfAnswer, problem } from '../wire/index.ts';
import type { Ruling } from './limiter.ts';
import { restSeconds } from './policy.ts';

const NS_PER_S = 1e9;

const seconds = (nanoseconds: number): number => Math.ceil(nanoseconds / NS_PER_S);

type Header = readonly [string, string];

function rateHeaders({ policy, remaining, resetAfterNs }: Ruling): Header[] {
  const reset = seconds(resetAfterNs);
  return [
    ['ratelimit-policy', `"${policy.name}";q=${policy.burst};w=${Math.ceil(restSeconds(policy))}`],
    ['ratelimit', `"${policy.name}";r=${remaining};t=${reset}`],
    ['x-ratelimit-limit', String(policy.burst)],
    ['x-ratelimit-remaining', String(remaining)],
    ['x-ratelimit-reset', String(reset)],
  ];
}

export const withRateHeaders = (answer: HttpAnswer, ruling: Ruling): HttpAnswer => ({
  ...answer,
  headers: [...(answer.headers ?? []), ...rateHeaders(ruling)],
});

export function limitedAnswer(request: HttpRequest, ruling: Ruling): HttpAnswer {
  const { policy, quantity, retryAfterNs } = ruling;
  const { maxRequests, windowSeconds, burst } = policy;
  const retryS = Math.max(1, seconds(retryAfterNs));
  const detail =
    quantity > burst
      ? `A batch of ${quantity} is more than may be asked at once: send at most ${burst} queries`
      : `At most ${maxRequests} queries in ${windowSeconds} s, ${burst} at once: ask again in ${retryS} s`;
  return withRateHeaders(refusal(request, 'rate_limited', detail, [['retry-after', String(retryS)]]), ruling);
}

export const blockedAnswer = (request: HttpRequest, untilS: number): HttpAnswer =>
  refusal(request, 'blocked', `Requests from this address are not answered for ${untilS} s`, [
    ['cache-control', 'no-store'],
  ]);

function refusal(
  { headers }: HttpRequest,
  code: 'rate_limited' | 'blocked',
  detail: string,
  more: readonly Header[],
): HttpAnswer {
  const requestId = requestIdOf(headers.get('x-request-id'));
  const answer = problemAnswer(problem(code, detail, requestId), formatOfAnswer(headers.get('accept')) ?? 'json');
  return { ...answer, headers: [...(answer.headers ?? []), ...more] };
}
