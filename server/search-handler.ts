/**
 * THE MAIN PATH of a request: bytes → request → worker → outcome → bytes. Each step can end it with a problem.
 */
import type { Clock } from '../engine/clock.ts';
import type { SearchOutcome, SearchRequest } from '../engine/types.ts';
import { type ErrorLog, outcomeOf, type Sample } from '../ops/index.ts';
import type { Batcher } from './batcher.ts';
import {
  type Answer,
  type AnswerCache,
  addressOf,
  batchBytes,
  bytesOf,
  httpAnswerOf,
  lentAddressOf,
  readyAnswerOf,
} from './cache/index.ts';
import type { Config } from './config/index.ts';
import { type Envelope, openEnvelope } from './envelope.ts';
import {
  type HttpAnswer,
  type HttpRequest,
  type LentRequest,
  NOT_SERVED,
  type ReadyAnswer,
  type Served,
} from './http.ts';
import { type LoadControl, type Priority, priorityOf, SHED_DETAILS } from './overload/index.ts';
import { problemAnswer } from './problem-answer.ts';
import { readyRefusal } from './ready-refusal.ts';
import { requestIdOf } from './request-id.ts';
import {
  batchSchema,
  CONTENT_TYPES,
  encode,
  formatOfAnswer,
  type Problem,
  problem,
  requestInvalid,
  searchSchema,
  validate,
  validateSearch,
} from './wire/index.ts';

export interface SearchHandler {
  /** A GET that has been answered before; null where it must be asked. */
  ready(request: LentRequest): ReadyAnswer | null;
  one(request: HttpRequest): Promise<HttpAnswer>;
  batch(request: HttpRequest): Promise<HttpAnswer>;
}

export interface SearchParts {
  readonly config: Config;
  readonly batcher: Batcher;
  /** How much a query gets of what it asks for. */
  readonly control: LoadControl;
  /** Whether a request came with a good key. */
  readonly known: (request: HttpRequest) => boolean;
  readonly cache: AnswerCache;
  /** Of the index that answers now. */
  readonly generation: () => string;
  readonly clock: Clock;
  readonly errors: ErrorLog;
  /** Takes a sample of each query of a batch; those of requests are taken at the door. */
  readonly record: (sample: Sample) => void;
  readonly draining: () => boolean;
}

type Failure = Exclude<SearchOutcome, { kind: 'ok' }>;

/** What was found, or why nothing was; and how it came about. */
type Reply = { readonly served: Served } & (
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly problem: Problem }
);

/** How a question came in. */
interface Way {
  readonly priority: Priority;
  /** Whose answer may be given again at once; null where it has none. */
  readonly address: string | null;
}

const ARM = 'control';

export function searchHandler(parts: SearchParts): SearchHandler {
  const { config, batcher, control, known, cache, generation, clock, errors, record, draining } = parts;
  const schema = searchSchema(config);
  const schemaOfBatch = batchSchema(config);

  const refuseUnread = readyRefusal('overloaded', SHED_DETAILS.concurrency, () => control.refusedUnread());

  const run = async (asked: SearchRequest, priority: Priority, requestId: string): Promise<SearchOutcome> => {
    const outcome = await batcher.submit(asked, priority);
    // Refusals under load are counted by status; a line each would make the load worse.
    if (outcome.kind === 'failed' && outcome.code !== 'overloaded' && outcome.code !== 'draining') {
      const { code, detail } = outcome;
      errors.write({ timeMs: clock.wallMs(), requestId, endpoint: '/search', code, detail });
    }
    return outcome;
  };

  const ask = async (input: unknown, envelope: Envelope, { priority, address }: Way): Promise<Reply> => {
    const { requestId, deadlineAtMs, format } = envelope;
    const validated = validateSearch(schema, input, deadlineAtMs);
    if (!validated.ok) return refused(requestInvalid(validated.faults, requestId));
    if (draining()) return refused(problem('draining', 'Ask again: another process will answer', requestId));
    const request = validated.value;
    const question = { request, generation: generation(), arm: ARM, format };
    const ask = (asked: SearchRequest, behind: boolean) => run(asked, behind ? 'low' : priority, requestId);
    const found = await cache.answer(question, ask, address);
    const { use, queueMs } = found;
    if (found.ok) return { ok: true, answer: found.answer, served: servedOf(found.answer, use, requestId, queueMs) };
    const served: Served = { ...NOT_SERVED, cache: use, rerank: request.rerank ? 'dropped' : 'none', requestId };
    return { ok: false, problem: problemOfFailure(found.outcome, request, requestId), served };
  };

  const askOne = async (request: HttpRequest, address: string | null): Promise<HttpAnswer> => {
    const priority = priorityOf({ headers: request.headers, batch: false, known: known(request) });
    if (control.refusesAll() === 'refuse') return closed(request, priority);
    const envelope = openEnvelope(request, config, clock.wallMs());
    if ('problem' in envelope) return problemAnswer(envelope.problem, envelope.format);
    const reply = await ask(envelope.input, envelope, { priority, address });
    return reply.ok ? httpAnswerOf(reply.answer, request, reply.served) : refusal(reply, envelope);
  };

  const askAll = async (request: HttpRequest): Promise<HttpAnswer> => {
    const priority = priorityOf({ headers: request.headers, batch: true, known: known(request) });
    if (control.refusesAll() === 'refuse') return closed(request, priority);
    const envelope = openEnvelope(request, config, clock.wallMs());
    if ('problem' in envelope) return problemAnswer(envelope.problem, envelope.format);
    const { format, requestId } = envelope;
    const validated = validate(schemaOfBatch, envelope.input);
    if (!validated.ok) return refusal(refused(requestInvalid(validated.faults, requestId)), envelope);
    const parts = validated.value.queries.map(async (query, at) => {
      const startUs = clock.nowUs();
      const reply = await ask(query, { ...envelope, requestId: `${requestId}.${at}` }, { priority, address: null });
      const outcome = outcomeOf(reply.ok ? 200 : reply.problem.status);
      const totalNs = (clock.nowUs() - startUs) * 1000;
      record({ ...reply.served, endpoint: '/search/batch#query', outcome, totalNs, client: envelope.client });
      return reply.ok ? bytesOf(reply.answer, reply.served.requestId) : Buffer.from(encode(reply.problem, format));
    });
    return {
      status: 200,
      served: { ...NOT_SERVED, requestId },
      contentType: CONTENT_TYPES[format],
      body: batchBytes(await Promise.all(parts), format),
      headers: [['x-request-id', requestId]],
    };
  };

  /** Refused before it is even read: reading is what there is too much of. */
  const closed = ({ headers }: HttpRequest, priority: Priority): HttpAnswer => {
    control.refused('refuse', priority);
    const requestId = requestIdOf(headers.get('x-request-id'));
    const refusal = problem('overloaded', SHED_DETAILS.refuse, requestId);
    return {
      ...problemAnswer(refusal, formatOfAnswer(headers.get('accept')) ?? 'json'),
      served: { ...NOT_SERVED, requestId },
    };
  };

  return {
    ready: (request) => {
      const state = generation();
      const address = draining() ? null : lentAddressOf(request, state, ARM);
      if (address === null) return null;
      const answer = cache.at(address, state);
      if (answer === null) return batcher.isFull ? refuseUnread(request) : null;
      const requestId = requestIdOf(request.getHeader('x-request-id'));
      return readyAnswerOf(answer, request, servedOf(answer, 'hit', requestId, null));
    },
    one: (request) => askOne(request, addressOf(request, generation(), ARM)),
    batch: askAll,
  };
}

function refusal(reply: Extract<Reply, { ok: false }>, { format }: Envelope): HttpAnswer {
  const answer = problemAnswer(reply.problem, format);
  return { ...answer, served: reply.served, headers: [...(answer.headers ?? []), ['x-cache', reply.served.cache]] };
}

function refused(refusal: Problem): Extract<Reply, { ok: false }> {
  return { ok: false, problem: refusal, served: { ...NOT_SERVED, requestId: refusal.requestId } };
}

function problemOfFailure(outcome: Failure, { query }: SearchRequest, requestId: string): Problem {
  if (outcome.kind === 'deadline') {
    const detail = `The deadline passed in stage ${outcome.stage.replace(/Ms$/, '')}: ${query.slice(0, 100)}`;
    return problem('deadline_exceeded', detail, requestId);
  }
  // What went wrong inside is for the log; the caller gets the code and the id to ask about.
  const detail = outcome.code === 'internal' ? 'The error is in the log under this request id' : outcome.detail;
  return problem(outcome.code, detail, requestId);
}

/** Field by field: copying an object whole takes microseconds, on a path that has ten. */
function servedOf({ facts }: Answer, cache: Served['cache'], requestId: string, queueMs: number | null): Served {
  const { rerank, arm, degraded, empty } = facts;
  return { cache, rerank, arm, queueNs: queueMs === null ? null : queueMs * 1e6, degraded, empty, requestId };
}
