/** From a request to the operation that it asks for, or to what is wrong with it. */
import { z } from 'zod';
import type { Operation } from '../../engine/changes/index.ts';
import { documentChangeSchema, documentSchema } from '../../engine/source/index.ts';
import { inputOf } from '../admin/index.ts';
import { deadlineMsOf } from '../deadline.ts';
import type { HttpRequest } from '../http.ts';
import { type Problem, parseQueryString, requestInvalid, type Validated, validate } from '../wire/index.ts';
import { conditionsOf } from './conditions.ts';
import type { DocumentsParts } from './parts.ts';

export const idSchema = z.string().min(1).max(512).describe('Of the document');
export const refreshSchema = z
  .enum(['wait'])
  .optional()
  .describe('wait: answer when the change is found by searching, or the deadline has passed');

const writeQuery = z.strictObject({ refresh: refreshSchema });
const deleteQuery = z.strictObject({ id: idSchema, refresh: refreshSchema });

export interface AskedChange {
  readonly operation: Operation;
  /** Milliseconds; null where nobody waits until it is found. */
  readonly waitMs: number | null;
}

type Read<Value> = { readonly value: Value } | { readonly problem: Problem };

export function changeOf(
  { settings }: Pick<DocumentsParts, 'settings'>,
  request: HttpRequest,
  requestId: string,
): Read<AskedChange> {
  const conditions = conditionsOf(request);
  if (!conditions.ok) return { problem: requestInvalid(conditions.faults, requestId) };
  const removes = request.method === 'DELETE';
  const query = told(validate(removes ? deleteQuery : writeQuery, parseQueryString(request.query)), requestId);
  if ('problem' in query) return query;
  const wait = waitOf(request, query.value.refresh, settings.deadlineMs, requestId);
  if ('problem' in wait) return wait;
  const { ifVersion, key } = conditions.value;
  const of = (operation: Operation): Read<AskedChange> => ({ value: { operation, waitMs: wait.value } });
  if (removes) return of({ kind: 'delete', id: (query.value as { id: string }).id, ifVersion, key });
  const body = inputOf(request, settings.bodyDepthMax, requestId);
  if ('problem' in body) return body;
  if (request.method === 'PUT') {
    const document = told(validate(documentSchema, body.input), requestId);
    return 'problem' in document ? document : of({ kind: 'put', document: document.value, ifVersion, key });
  }
  const change = told(validate(documentChangeSchema, body.input), requestId);
  return 'problem' in change ? change : of({ kind: 'patch', ...change.value, ifVersion, key });
}

/** How long the request may wait until a change is found; null where it does not ask to. */
export function waitOf(
  { headers }: HttpRequest,
  refresh: 'wait' | undefined,
  allowedMs: number,
  requestId: string,
): Read<number | null> {
  const deadlineMs = deadlineMsOf(headers, allowedMs);
  if (typeof deadlineMs !== 'number') return { problem: requestInvalid([deadlineMs], requestId) };
  return { value: refresh === undefined ? null : deadlineMs };
}

export const told = <Value>(validated: Validated<Value>, requestId: string): Read<Value> =>
  validated.ok ? { value: validated.value } : { problem: requestInvalid(validated.faults, requestId) };
