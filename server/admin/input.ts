/**
 * What does an operator's request ask for? The query string of GET, and of DELETE without a body; the body otherwise.
 *
 * The runbook's `curl -d '{json}'` says `application/x-www-form-urlencoded`; a body of JSON is taken under that name, too.
 */
import type { HttpRequest } from '../http.ts';
import { decode, formatOfBody, type Problem, parseQueryString, problem } from '../wire/index.ts';

export const CURL_CONTENT_TYPE = 'application/x-www-form-urlencoded';

/** Without its parameters, in lower case; '' where none is given. */
export const mediaTypeOf = (headers: HttpRequest['headers']): string =>
  headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';

/**
 * What was asked, as a value that is not validated yet. An absent body is an empty object.
 *
 * @param fromAddress whether what a body leaves out may stand in the address
 */
export function inputOf(
  { method, query, body, headers }: HttpRequest,
  depthMax: number,
  requestId: string,
  fromAddress = false,
): { input: unknown } | { problem: Problem } {
  if (method === 'GET' || (method === 'DELETE' && body.length === 0)) return { input: parseQueryString(query) };
  const beside = fromAddress ? parseQueryString(query) : {};
  if (body.length === 0) return { input: beside };
  const given = mediaTypeOf(headers);
  const format = given === CURL_CONTENT_TYPE ? 'json' : formatOfBody(headers.get('content-type'));
  if (format === null) {
    const detail = `Cannot read ${given.slice(0, 100)}: send application/json`;
    return { problem: problem('media_type_unsupported', detail, requestId) };
  }
  const decoded = decode(body, format, depthMax);
  const { value } = decoded.ok ? decoded : { value: null };
  const whole = typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...beside, ...value } : value;
  return decoded.ok ? { input: whole } : { problem: problem('body_unreadable', decoded.detail, requestId) };
}
