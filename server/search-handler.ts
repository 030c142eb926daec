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
import { problemAnswer } from './problem-answer.ts';
import { requestIdOf } from './request-id.ts';
import {
  batchSchema,
  CONTENT_TYPES,
  encode,
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

const ARM = 'control';

export function searchHandler(parts: SearchParts): SearchHandler {
  const { config, batcher, cache, generation, clock, errors, record, draining } = parts;
  const schema = searchSchema(config);
  const schemaOfBatch = batchSchema(config);

  const run = async (request: SearchRequest, requestId: string): Promise<SearchOutcome> => {
    const outcome = await batcher.submit(request);
    // Refusals under load are counted by status; a line each would make the load worse.
    if (outcome.kind === 'failed' && outcome.code !== 'overloaded' && outcome.code !== 'draining') {
      const { code, detail } = outcome;
      errors.write({ timeMs: clock.wallMs(), requestId, endpoint: '/search', code, detail });
    }
    return outcome;
  };

  const ask = async (input: unknown, envelope: Envelope, address: string | null): Promise<Reply> => {
    const { requestId, deadlineAtMs, format } = envelope;
    const validated = validateSearch(schema, input, deadlineAtMs);
    if (!validated.ok) return refused(requestInvalid(validated.faults, requestId));
    if (draining()) return refused(problem('draining', 'Ask again: another process will answer', requestId));
    const request = validated.value;
    const question = { request, generation: generation(), arm: ARM, format };
    const found = await cache.answer(question, (asked) => run(asked, requestId), address);
    const { use, queueMs } = found;
    if (found.ok) return { ok: true, answer: found.answer, served: servedOf(found.answer, use, requestId, queueMs) };
    const served: Served = { ...NOT_SERVED, cache: use, rerank: request.rerank ? 'dropped' : 'none', requestId };
    return { ok: false, problem: problemOfFailure(found.outcome, request, requestId), served };
  };

  const askOne = async (request: HttpRequest, address: string | null): Promise<HttpAnswer> => {
    const envelope = openEnvelope(request, config, clock.wallMs());
    if ('problem' in envelope) return problemAnswer(envelope.problem, envelope.format);
    const reply = await ask(envelope.input, envelope, address);
    return reply.ok ? httpAnswerOf(reply.answer, request, reply.served) : refusal(reply, envelope);
  };

  const askAll = async (request: HttpRequest): Promise<HttpAnswer> => {
    const envelope = openEnvelope(request, config, clock.wallMs());
    if ('problem' in envelope) return problemAnswer(envelope.problem, envelope.format);
    const { format, requestId } = envelope;
    const validated = validate(schemaOfBatch, envelope.input);
    if (!validated.ok) return refusal(refused(requestInvalid(validated.faults, requestId)), envelope);
    const parts = validated.value.queries.map(async (query, at) => {
      const startUs = clock.nowUs();
      const reply = await ask(query, { ...envelope, requestId: `${requestId}.${at}` }, null);
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

  return {
    ready: (request) => {
      const address = draining() ? null : lentAddressOf(request, generation(), ARM);
      const answer = address === null ? null : cache.at(address);
      if (answer === null) return null;
      return readyAnswerOf(
        answer,
        request,
        servedOf(answer, 'hit', requestIdOf(request.getHeader('x-request-id')), null),
      );
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
