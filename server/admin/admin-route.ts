/**
 * An address of the operator: JSON in, JSON out, never cached.
 *
 * The runbook's `curl -d '{json}'` says `application/x-www-form-urlencoded`; a body of JSON is taken under that name, too.
 */
import type { z } from 'zod';
import type { ErrorCode } from '../../engine/errors.ts';
import type { HttpAnswer, HttpRequest, Method, Route } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { requestIdOf } from '../request-id.ts';
import {
  decode,
  formatOfBody,
  type Problem,
  parseQueryString,
  problem,
  requestInvalid,
  validate,
} from '../wire/index.ts';

const CURL_CONTENT_TYPE = 'application/x-www-form-urlencoded';

/** What an action says where it cannot do what was asked, though every field is right: told as a problem document. */
export class Refused {
  readonly code: ErrorCode;
  /** What stands in the way, and what to do. */
  readonly detail: string;

  constructor(code: ErrorCode, detail: string) {
    this.code = code;
    this.detail = detail;
  }
}

export interface AdminAction<Input> {
  readonly method: Method;
  readonly path: string;
  /** Of the query string for GET, and for DELETE without a body; of the body otherwise. An absent body is an empty object. */
  readonly input: z.ZodType<Input>;
  readonly bodyDepthMax: number;
  /** Of the answer where it was done; 200 where not given. */
  readonly status?: number;
  /** @returns what is told of it, as JSON, or why it was not done */
  readonly act: (input: Input, request: HttpRequest) => object | Refused | Promise<object | Refused>;
}

export function adminRoute<Input>({ method, path, input, bodyDepthMax, status = 200, act }: AdminAction<Input>): Route {
  const handle = async (request: HttpRequest): Promise<HttpAnswer> => {
    const requestId = requestIdOf(request.headers.get('x-request-id'));
    const read = inputOf(request, bodyDepthMax, requestId);
    if ('problem' in read) return problemAnswer(read.problem, 'json');
    const validated = validate(input, read.input);
    if (!validated.ok) return problemAnswer(requestInvalid(validated.faults, requestId), 'json');
    const told = await act(validated.value, request);
    if (told instanceof Refused) return problemAnswer(problem(told.code, told.detail, requestId), 'json');
    return {
      status,
      contentType: 'application/json',
      body: JSON.stringify(told),
      headers: [
        ['cache-control', 'no-store'],
        ['x-request-id', requestId],
      ],
    };
  };
  return { method, path, handle };
}

function inputOf(
  { method, query, body, headers }: HttpRequest,
  depthMax: number,
  requestId: string,
): { input: unknown } | { problem: Problem } {
  if (method === 'GET' || (method === 'DELETE' && body.length === 0)) return { input: parseQueryString(query) };
  if (body.length === 0) return { input: {} };
  const given = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const format = given === CURL_CONTENT_TYPE ? 'json' : formatOfBody(headers.get('content-type'));
  if (format === null) {
    const detail = `Cannot read ${given?.slice(0, 100)}: send application/json`;
    return { problem: problem('media_type_unsupported', detail, requestId) };
  }
  const decoded = decode(body, format, depthMax);
  return decoded.ok ? { input: decoded.value } : { problem: problem('body_unreadable', decoded.detail, requestId) };
}
