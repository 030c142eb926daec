/** Many documents: JSON lines in, JSON lines out, one outcome for each operation in its order, with one wait for the disk. */
import { z } from 'zod';
import { idOf, type Operation, type Outcome } from '../../engine/changes/index.ts';
import { CURL_CONTENT_TYPE, mediaTypeOf } from '../admin/index.ts';
import type { HttpAnswer, HttpRequest, Route } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { requestIdOf } from '../request-id.ts';
import { type Problem, parseQueryString, problem, validate } from '../wire/index.ts';
import { refreshSchema, told, waitOf } from './asked.ts';
import { type BulkLine, linesOf, readLines } from './bulk-lines.ts';
import { type DocumentsParts, failed, logged } from './parts.ts';
import { isDone, refusalOf } from './refusal.ts';
import { visibleWithin } from './visible.ts';

const PATH = '/documents/bulk';
/** JSON lines have no registered name. */
export const LINES_TYPE = 'application/x-ndjson';
export const LINES_TYPES = [LINES_TYPE, 'application/ndjson', 'application/jsonl', 'application/x-jsonlines'] as const;
const TAKEN: ReadonlySet<string> = new Set(['', CURL_CONTENT_TYPE, ...LINES_TYPES]);

const STATUS = { created: 201, updated: 200, deleted: 204, unchanged: 200 } as const;
const bulkQuery = z.strictObject({ refresh: refreshSchema });

export const bulkRoute = (parts: DocumentsParts): Route => ({
  method: 'POST',
  path: PATH,
  bodyBytesMax: parts.settings.documents.bytesMax,
  handle: (request) => bulk(parts, request),
});

async function bulk(parts: DocumentsParts, request: HttpRequest): Promise<HttpAnswer> {
  const { settings, documents } = parts;
  const requestId = requestIdOf(request.headers.get('x-request-id'));
  const refused = unreadable(request, settings.documents.linesMax, requestId);
  if (refused !== null) return problemAnswer(refused, 'json');
  const query = told(validate(bulkQuery, parseQueryString(request.query)), requestId);
  if ('problem' in query) return problemAnswer(query.problem, 'json');
  const wait = waitOf(request, query.value.refresh, settings.deadlineMs, requestId);
  if ('problem' in wait) return problemAnswer(wait.problem, 'json');
  const lines = await readLines(request.body, settings.bodyDepthMax, requestId);
  const operations = lines.flatMap(({ asked }) => ('operation' in asked ? [asked.operation] : []));
  const at = { requestId, path: PATH };
  try {
    const outcomes = await documents.applyAll(operations);
    const first = outcomes.find((outcome) => outcome.kind === 'refused');
    if (first !== undefined) logged(parts, at, first.error);
    const version = outcomes.reduce((last, outcome) => (isDone(outcome) ? Math.max(last, outcome.version) : last), 0);
    const visible = wait.value === null ? null : version === 0 || (await visibleWithin(documents, version, wait.value));
    return {
      status: 200,
      contentType: LINES_TYPE,
      body: toldOf(lines, outcomes, requestId),
      headers: [
        ['x-request-id', requestId],
        ...(visible === null ? [] : [['document-visible', String(visible)] as [string, string]]),
      ],
    };
  } catch (error) {
    return failed(parts, at, error);
  }
}

function unreadable({ headers, body }: HttpRequest, linesMax: number, requestId: string): Problem | null {
  const type = mediaTypeOf(headers);
  if (!TAKEN.has(type))
    return problem('media_type_unsupported', `Cannot read ${type.slice(0, 100)}: send ${LINES_TYPE}`, requestId);
  let lines = 0;
  for (const _ of linesOf(body)) lines += 1;
  if (lines > linesMax)
    return problem('body_too_large', `A bulk may have ${linesMax} operations, got ${lines}`, requestId);
  if (lines === 0) return problem('body_unreadable', 'A bulk has one operation a line, got none', requestId);
  return null;
}

/** As many lines as there are operations, in their order. */
function toldOf(lines: readonly BulkLine[], outcomes: readonly Outcome[], requestId: string): string {
  let next = 0;
  return lines
    .map(({ line, asked }) => {
      const told =
        'problem' in asked ? refused(asked.problem) : outcomeOf(asked.operation, outcomes[next++]!, requestId);
      return `${JSON.stringify({ line, ...told })}\n`;
    })
    .join('');
}

function outcomeOf(operation: Operation, outcome: Outcome, requestId: string): object {
  const id = idOf(operation);
  if (!isDone(outcome)) return { ...refused(refusalOf(outcome, id, requestId)), id };
  const { kind, version, replayed } = outcome;
  return { status: STATUS[kind], id, outcome: kind, version, replayed };
}

/** What is the same for the whole answer stands in its head. */
function refused({ status, code, detail, errors, version }: Problem): object {
  const known = version === undefined ? {} : { version };
  return { status, code, detail, ...(errors === undefined ? {} : { errors }), ...known };
}
