/** From who was admitted to the answer: the refusal, or what the handler says of the whole request. */
import type { Admitted, HttpAnswer, HttpRequest } from './http-types.ts';

export function answerOf(
  admitted: Admitted | Promise<Admitted>,
  request: HttpRequest,
): HttpAnswer | Promise<HttpAnswer> {
  if (admitted instanceof Promise) return admitted.then((settled) => answerOf(settled, request));
  return typeof admitted === 'function' ? admitted(request) : admitted;
}
