/**
 * THE MAIN PATH of a request: bytes → request → worker → outcome → bytes. Each step can end it with a problem.
 */
import type { Clock } from '../engine/clock.ts';
import type { SearchOutcome, SearchRequest } from '../engine/types.ts';
import { type ErrorLog, outcomeOf, type Sample } from '../ops/index.ts';
import type { Batcher } from './batcher.ts';
import type { Config } from './config/index.ts';
import { type Envelope, openEnvelope } from './envelope.ts';
import { type HttpAnswer, type HttpRequest, NOT_SERVED, type Served } from './http.ts';
import { problemAnswer } from './problem-answer.ts';
import {
  batchSchema,
  CONTENT_TYPES,
  encode,
  type FieldFault,
  type Problem,
  problem,
  searchSchema,
  validate,
  validateSearch,
} from './wire/index.ts';

export interface SearchHandler {
  one(request: HttpRequest): Promise<HttpAnswer>;
  batch(request: HttpRequest): Promise<HttpAnswer>;
}

export interface SearchParts {
  readonly config: Config;
  readonly batcher: Batcher;
  readonly clock: Clock;
  readonly errors: ErrorLog;
  /** Takes a sample of each query of a batch; those of requests are taken at the door. */
  readonly record: (sample: Sample) => void;
  readonly draining: () => boolean;
}

/** The body of an answer: what was found, or why nothing was; and how it came about. */
type Body = { readonly served: Served } & (
  | { readonly ok: true; readonly value: object }
  | { readonly ok: false; readonly value: Problem }
);

export function searchHandler({ config, batcher, clock, errors, record, draining }: SearchParts): SearchHandler {
  const schema = searchSchema(config);
  const schemaOfBatch = batchSchema(config);

  const ask = async (input: unknown, { requestId, deadlineAtMs }: Envelope): Promise<Body> => {
    const validated = validateSearch(schema, input, deadlineAtMs);
    if (!validated.ok) return refused(validated.faults, requestId);
    if (draining()) {
      const value = problem('draining', 'Ask again: another process will answer', requestId);
      return { ok: false, value, served: { ...NOT_SERVED, requestId } };
    }
    const outcome = await batcher.submit(validated.value);
    // Refusals under load are counted by status; a line each would make the load worse.
    if (outcome.kind === 'failed' && outcome.code !== 'overloaded' && outcome.code !== 'draining') {
      const { code, detail } = outcome;
      errors.write({ timeMs: clock.wallMs(), requestId, endpoint: '/search', code, detail });
    }
    return bodyOf(outcome, validated.value, requestId);
  };

  const askAll = async (input: unknown, envelope: Envelope): Promise<Body> => {
    const validated = validate(schemaOfBatch, input);
    if (!validated.ok) return refused(validated.faults, envelope.requestId);
    const bodies = validated.value.queries.map(async (query, at) => {
      const startUs = clock.nowUs();
      const body = await ask(query, { ...envelope, requestId: `${envelope.requestId}.${at}` });
      const outcome = outcomeOf(body.ok ? 200 : body.value.status);
      const totalNs = (clock.nowUs() - startUs) * 1000;
      record({ ...body.served, endpoint: '/search/batch#query', outcome, totalNs, client: envelope.client });
      return body;
    });
    const results = (await Promise.all(bodies)).map(({ value }) => value);
    return { ok: true, value: { results }, served: { ...NOT_SERVED, requestId: envelope.requestId } };
  };

  const handle = async (request: HttpRequest, answer: typeof ask): Promise<HttpAnswer> => {
    const envelope = openEnvelope(request, config, clock.wallMs());
    if ('problem' in envelope) return problemAnswer(envelope.problem, envelope.format);
    const { requestId, format } = envelope;
    const { ok, value, served } = await answer(envelope.input, envelope);
    if (!ok) return { ...problemAnswer(value, format), served };
    return {
      status: 200,
      served,
      contentType: CONTENT_TYPES[format],
      body: encode(value, format),
      headers: [['x-request-id', requestId]],
    };
  };

  return { one: (request) => handle(request, ask), batch: (request) => handle(request, askAll) };
}

function refused(faults: readonly FieldFault[], requestId: string): Body {
  const detail = faults.map(({ field, expected }) => `${field}: expected ${expected}`).join('; ');
  return {
    ok: false,
    value: problem('request_invalid', detail, requestId, faults),
    served: { ...NOT_SERVED, requestId },
  };
}

function bodyOf(outcome: SearchOutcome, request: SearchRequest, requestId: string): Body {
  const served = servedOf(outcome, request, requestId);
  switch (outcome.kind) {
    case 'ok':
      return { ok: true, value: { ...outcome.result, requestId }, served };
    case 'deadline': {
      const detail = `The deadline passed in stage ${outcome.stage.replace(/Ms$/, '')}: ${request.query.slice(0, 100)}`;
      return { ok: false, value: problem('deadline_exceeded', detail, requestId), served };
    }
    case 'failed': {
      // What went wrong inside is for the log; the caller gets the code and the id to ask about.
      const detail = outcome.code === 'internal' ? 'The error is in the log under this request id' : outcome.detail;
      return { ok: false, value: problem(outcome.code, detail, requestId), served };
    }
  }
}

function servedOf(outcome: SearchOutcome, { rerank }: SearchRequest, requestId: string): Served {
  if (outcome.kind !== 'ok') return { ...NOT_SERVED, rerank: rerank ? 'dropped' : 'none', requestId };
  const { reranked, degraded, total, timings } = outcome.result;
  return {
    cache: 'none',
    rerank: reranked ? 'done' : rerank ? 'dropped' : 'none',
    arm: 'control',
    queueNs: timings.queueMs * 1e6,
    degraded,
    empty: total === 0,
    requestId,
  };
}
