/** One document: put, patched, deleted, read back. */
import { z } from 'zod';
import { idOf } from '../../engine/changes/index.ts';
import { recordOf } from '../../engine/source/index.ts';
import type { HttpAnswer, HttpRequest, Method, Route } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { requestIdOf } from '../request-id.ts';
import { parseQueryString, validate } from '../wire/index.ts';
import { type AskedChange, changeOf, idSchema, told } from './asked.ts';
import { CONDITION_HEADERS, hasVersion, tagOf } from './conditions.ts';
import { type DocumentsParts, failed, logged } from './parts.ts';
import { type Done, isDone, refusalOf } from './refusal.ts';
import { visibleWithin } from './visible.ts';

const PATH = '/documents';
const readQuery = z.strictObject({ id: idSchema });

export function documentRoutes(parts: DocumentsParts): Route[] {
  const change = (method: Method): Route => ({
    method,
    path: PATH,
    headersRead: CONDITION_HEADERS,
    bodyBytesMax: parts.settings.documents.bytesMax,
    handle: (request) => changed(parts, request),
  });
  const read: Route = { method: 'GET', path: PATH, handle: (request) => given(parts, request) };
  return [read, change('PUT'), change('PATCH'), change('DELETE')];
}

async function changed(parts: DocumentsParts, request: HttpRequest): Promise<HttpAnswer> {
  const requestId = requestIdOf(request.headers.get('x-request-id'));
  const asked = changeOf(parts, request, requestId);
  if ('problem' in asked) return problemAnswer(asked.problem, 'json');
  const { operation } = asked.value;
  const at = { requestId, path: PATH };
  try {
    const outcome = (await parts.documents.applyAll([operation]))[0]!;
    if (isDone(outcome)) return await doneAnswer(parts, asked.value, outcome, requestId);
    if (outcome.kind === 'refused') logged(parts, at, outcome.error);
    const refusal = refusalOf(outcome, idOf(operation), requestId);
    const answer = problemAnswer(refusal, 'json');
    const { version } = refusal;
    return version == null ? answer : { ...answer, headers: [...answer.headers!, ['etag', tagOf(version)]] };
  } catch (error) {
    return failed(parts, at, error);
  }
}

async function doneAnswer(
  { documents }: DocumentsParts,
  { operation, waitMs }: AskedChange,
  { kind, version, replayed }: Done,
  requestId: string,
): Promise<HttpAnswer> {
  const id = idOf(operation);
  const visible = waitMs === null ? null : await visibleWithin(documents, version, waitMs);
  const headers: [string, string][] = [
    ['x-request-id', requestId],
    ['document-version', String(version)],
    ...(replayed ? [['idempotency-replayed', 'true'] as [string, string]] : []),
    ...(visible === null ? [] : [['document-visible', String(visible)] as [string, string]]),
  ];
  if (kind === 'deleted') return { status: 204, contentType: '', body: '', headers };
  headers.push(['etag', tagOf(version)]);
  if (kind === 'created') headers.push(['location', `${PATH}?id=${encodeURIComponent(id)}`]);
  return {
    status: kind === 'created' ? 201 : 200,
    contentType: 'application/json',
    body: JSON.stringify({ id, outcome: kind, version, replayed, ...(visible === null ? {} : { visible }) }),
    headers,
  };
}

async function given(parts: DocumentsParts, { query, headers }: HttpRequest): Promise<HttpAnswer> {
  const requestId = requestIdOf(headers.get('x-request-id'));
  const asked = told(validate(readQuery, parseQueryString(query)), requestId);
  if ('problem' in asked) return problemAnswer(asked.problem, 'json');
  const { id } = asked.value;
  try {
    const found = await parts.documents.get(id);
    if (found === null) return problemAnswer(refusalOf({ kind: 'missing' }, id, requestId), 'json');
    const { version, document } = found;
    const told: [string, string][] = [
      ['x-request-id', requestId],
      ['etag', tagOf(version)],
      ['document-version', String(version)],
      ['cache-control', 'private, no-cache'],
    ];
    if (hasVersion(headers.get('if-none-match'), version))
      return { status: 304, contentType: '', body: '', headers: told };
    const body = JSON.stringify({ version, document: recordOf(document) });
    return { status: 200, contentType: 'application/json', body, headers: told };
  } catch (error) {
    return failed(parts, { requestId, path: PATH }, error);
  }
}
