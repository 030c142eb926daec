/**
 * Who asks when no more can be let in is told so before his question is read: in a flood that is what most of the time would go into.
 * What the cache may know under another spelling is refused as well, which is the price.
 */
import type { ErrorCode } from '../engine/errors.ts';
import { headOf, LentBytes } from './cache/index.ts';
import { type LentRequest, NOT_SERVED, type ReadyAnswer } from './http.ts';
import { problemAnswer } from './problem-answer.ts';
import { requestIdOf } from './request-id.ts';
import { formatOfAnswer, problem } from './wire/index.ts';

/**
 * The same refusal for each request that says nothing of how urgent it is; null for all others.
 *
 * @param refused told of each
 */
export function readyRefusal(
  code: ErrorCode,
  detail: string,
  refused: () => void,
): (request: LentRequest) => ReadyAnswer | null {
  const lent = new LentBytes();
  const refusal = problem(code, detail, '');
  const [json, msgpack] = (['json', 'msgpack'] as const).map((format) => {
    const { contentType, headers = [] } = problemAnswer(refusal, format);
    const told = headers.filter(([name]) => name !== 'x-request-id');
    return { format, head: headOf(refusal, format), headers: [['content-type', contentType] as const, ...told] };
  });
  return (request) => {
    if (request.getHeader('priority') !== '' || request.getHeader('sec-purpose') !== '') return null;
    const requestId = requestIdOf(request.getHeader('x-request-id'));
    refused();
    const answer = formatOfAnswer(request.getHeader('accept')) === 'msgpack' ? msgpack! : json!;
    return {
      status: 503,
      headers: answer.headers,
      body: lent.of(answer, requestId),
      served: { ...NOT_SERVED, requestId },
    };
  };
}
