/** An address of the operator: JSON in, JSON out, never cached. */
import type { z } from 'zod';
import type { ErrorCode } from '../../engine/errors.ts';
import type { HttpAnswer, HttpRequest, Method, Route } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { requestIdOf } from '../request-id.ts';
import { problem, requestInvalid, validate } from '../wire/index.ts';
import { inputOf } from './input.ts';

/** What an action says where it cannot do what was asked, though every field is right: told as a problem document. */
export class Refused {
  readonly code: ErrorCode;
  /** What stands in the way, and what to do. */
  readonly detail: string;
  /** Of what was meant, as it is; undefined where it has none. */
  readonly version: number | undefined;

  constructor(code: ErrorCode, detail: string, version?: number) {
    this.code = code;
    this.detail = detail;
    this.version = version;
  }
}

export interface AdminAction<Input> {
  readonly method: Method;
  readonly path: string;
  /** Of the query string for GET, and for DELETE without a body; of the body otherwise. An absent body is an empty object. */
  readonly input: z.ZodType<Input>;
  readonly bodyDepthMax: number;
  /** Whether fields may also stand in the address, where the body does not have them. */
  readonly fromAddress?: boolean;
  /** Of the answer where it was done; 200 where not given. */
  readonly status?: number;
  /** @returns what is told of it, as JSON, or why it was not done */
  readonly act: (input: Input, request: HttpRequest) => object | Refused | Promise<object | Refused>;
}

export function adminRoute<Input>({
  method,
  path,
  input,
  bodyDepthMax,
  fromAddress = false,
  status = 200,
  act,
}: AdminAction<Input>): Route {
  const handle = async (request: HttpRequest): Promise<HttpAnswer> => {
    const requestId = requestIdOf(request.headers.get('x-request-id'));
    const read = inputOf(request, bodyDepthMax, requestId, fromAddress);
    if ('problem' in read) return problemAnswer(read.problem, 'json');
    const validated = validate(input, read.input);
    if (!validated.ok) return problemAnswer(requestInvalid(validated.faults, requestId), 'json');
    const told = await act(validated.value, request);
    if (told instanceof Refused) return refusalAnswer(told, requestId);
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

export function refusalAnswer({ code, detail, version }: Refused, requestId: string): HttpAnswer {
  const refusal = problem(code, detail, requestId);
  return problemAnswer(version === undefined ? refusal : { ...refusal, version }, 'json');
}
