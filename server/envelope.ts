/** What is settled before a query is looked at: who asks, in which format, until when, and the body as values. */
import type { Config } from './config/index.ts';
import { deadlineMsOf } from './deadline.ts';
import type { HttpRequest } from './http.ts';
import { requestIdOf } from './request-id.ts';
import {
  decode,
  type Format,
  formatOfAnswer,
  formatOfBody,
  type Problem,
  parseQueryString,
  problem,
  requestInvalid,
} from './wire/index.ts';

export interface Envelope {
  readonly requestId: string;
  readonly format: Format;
  /** Milliseconds since the epoch. */
  readonly deadlineAtMs: number;
  readonly input: unknown;
  /** Whom it is for: the other end, or whom a trusted proxy names. */
  readonly client: string;
}

/** The envelope, or a problem with the format it is to be told in. */
export function openEnvelope(
  request: HttpRequest,
  { server }: Config,
  nowMs: number,
): Envelope | { problem: Problem; format: Format } {
  const requestId = requestIdOf(request.headers.get('x-request-id'));
  const format = formatOfAnswer(request.headers.get('accept'));
  if (format === null) {
    return {
      problem: problem('not_acceptable', 'Accept names neither application/json nor application/msgpack', requestId),
      format: 'json',
    };
  }
  const deadlineMs = deadlineMsOf(request.headers, server.deadlineMs);
  if (typeof deadlineMs !== 'number') return { problem: requestInvalid([deadlineMs], requestId), format };
  const read = inputOf(request, server.bodyDepthMax, requestId);
  if ('problem' in read) return { ...read, format };
  return {
    ...read,
    requestId,
    format,
    client: request.caller ?? request.client,
    deadlineAtMs: nowMs + deadlineMs,
  };
}

function inputOf(request: HttpRequest, depthMax: number, requestId: string): { input: unknown } | { problem: Problem } {
  if (request.method === 'GET') return { input: parseQueryString(request.query) };
  const contentType = request.headers.get('content-type');
  const format = formatOfBody(contentType);
  if (format === null) {
    const detail = `Cannot read ${contentType?.slice(0, 100)}: send application/json or application/msgpack`;
    return { problem: problem('media_type_unsupported', detail, requestId) };
  }
  const decoded = decode(request.body, format, depthMax);
  return decoded.ok ? { input: decoded.value } : { problem: problem('body_unreadable', decoded.detail, requestId) };
}
