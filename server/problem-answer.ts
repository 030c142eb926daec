/** A refusal as an answer, in the format that was asked for. */
import type { HttpAnswer } from './http.ts';
import { CONTENT_TYPES, encode, type Format, type Problem } from './wire/index.ts';

export function problemAnswer(refusal: Problem, format: Format): HttpAnswer {
  const retry = refusal.status === 503 ? ([['retry-after', '1']] as const) : [];
  return {
    status: refusal.status,
    contentType: format === 'json' ? 'application/problem+json' : CONTENT_TYPES.msgpack,
    body: encode(refusal, format),
    headers: [['x-request-id', refusal.requestId], ...retry],
  };
}
