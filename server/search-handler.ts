import { outcomeOf, type Sample } from '../ops/index.ts';
import { addressOf, batchBytes, bytesOf, httpAnswerOf, lentAddressOf, readyAnswerOf } from './cache/index.ts';
import { type Envelope, openEnvelope } from './envelope.ts';
import { type HttpAnswer, type HttpRequest, type LentRequest, NOT_SERVED, type ReadyAnswer } from './http.ts';
import { type LoadControl, type Priority, priorityOf, SHED_DETAILS } from './overload/index.ts';
import { problemAnswer } from './problem-answer.ts';
import { readyRefusal } from './ready-refusal.ts';
import { numberedIdOf, requestIdOf } from './request-id.ts';
import type { Askers } from './search-askers.ts';
import { type QuestionParts, questions, type Reply, refused, servedOf, type Way } from './search-question.ts';
import { batchSchema, CONTENT_TYPES, encode, formatOfAnswer, problem, requestInvalid, validate } from './wire/index.ts';

export interface SearchHandler {
  /** A GET that has been answered before; null where it must be asked. */
  ready(request: LentRequest, client: string): ReadyAnswer | null;
  one(request: HttpRequest): Promise<HttpAnswer>;
  batch(request: HttpRequest): Promise<HttpAnswer>;
}

export interface SearchParts extends QuestionParts {
  /** How much a query gets of what it asks for. */
  readonly control: LoadControl;
  /** Whether a request came with a good key. */
  readonly known: (request: HttpRequest) => boolean;
  /** Who asks, as far as experiments may know it. */
  readonly askers: Askers;
  /** Takes a sample of each query of a batch; those of requests are taken at the door. */
  readonly record: (sample: Sample) => void;
}

export function searchHandler(parts: SearchParts): SearchHandler {
  const { config, batcher, control, known, cache, experiments, askers, generation, clock, record, draining } = parts;
  const ask = questions(parts);
  const schemaOfBatch = batchSchema(config);

  const refuseUnread = readyRefusal('overloaded', SHED_DETAILS.concurrency, () => control.refusedUnread());

  const askOne = async (request: HttpRequest): Promise<HttpAnswer> => {
    const priority = priorityOf({ headers: request.headers, batch: false, known: known(request) });
    if (control.refusesAll() === 'refuse') return closed(request, priority);
    const envelope = openEnvelope(request, config, clock.wallMs());
    if ('problem' in envelope) return problemAnswer(envelope.problem, envelope.format);
    const reply = await ask(envelope.input, envelope, {
      endpoint: '/search',
      priority,
      asker: askers.whole(request),
      addressWith: (key) => addressOf(request, generation(), key),
    });
    return reply.ok ? httpAnswerOf(reply.answer, request, reply.served, reply.canary ?? '') : refusal(reply, envelope);
  };

  const askAll = async (request: HttpRequest): Promise<HttpAnswer> => {
    const priority = priorityOf({ headers: request.headers, batch: true, known: known(request) });
    if (control.refusesAll() === 'refuse') return closed(request, priority);
    const envelope = openEnvelope(request, config, clock.wallMs());
    if ('problem' in envelope) return problemAnswer(envelope.problem, envelope.format);
    const { format, requestId } = envelope;
    const validated = validate(schemaOfBatch, envelope.input);
    if (!validated.ok) return refusal(refused(requestInvalid(validated.faults, requestId)), envelope);
    const endpoint = '/search/batch#query';
    const way: Way = { endpoint, priority, asker: askers.whole(request), addressWith: () => null };
    const told = new Set<string>();
    const parts = validated.value.queries.map(async (query, at) => {
      const startUs = clock.nowUs();
      const reply = await ask(query, { ...envelope, requestId: `${requestId}.${at}` }, way);
      if (reply.canary !== null) told.add(reply.canary);
      const outcome = outcomeOf(reply.ok ? 200 : reply.problem.status);
      const totalNs = (clock.nowUs() - startUs) * 1000;
      record({ ...reply.served, endpoint, outcome, totalNs, client: envelope.client });
      return reply.ok ? bytesOf(reply.answer, reply.served.requestId) : Buffer.from(encode(reply.problem, format));
    });
    const body = batchBytes(await Promise.all(parts), format);
    return {
      status: 200,
      served: { ...NOT_SERVED, requestId },
      contentType: CONTENT_TYPES[format],
      body,
      // Where its queries name different users, no word holds for all of them.
      headers: [['x-request-id', requestId], ...(told.size === 1 ? [['x-canary', [...told][0]!] as const] : [])],
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
    ready: (request, client) => {
      const given = experiments.settled ?? askers.lent(request, client);
      const state = generation();
      const address = draining() || given === null ? null : lentAddressOf(request, state, given.key);
      if (address === null || given === null || given.interleaves !== null) return null;
      const answer = cache.at(address, state);
      if (answer === null) return batcher.isFull ? refuseUnread(request) : null;
      const idOf = experiments.settled === null ? requestIdOf : numberedIdOf;
      const requestId = idOf(request.getHeader('x-request-id'));
      if (experiments.isListenedTo) experiments.ready({ requestId, assignments: given.assignments, answer });
      const served = servedOf(answer, { use: 'hit', requestId, queueMs: null, arm: given.label });
      return readyAnswerOf(answer, request, served, given.header);
    },
    one: askOne,
    batch: askAll,
  };
}

function refusal(reply: Extract<Reply, { ok: false }>, { format }: Envelope): HttpAnswer {
  const answer = problemAnswer(reply.problem, format);
  const canary = reply.canary === null ? [] : [['x-canary', reply.canary] as const];
  return {
    ...answer,
    served: reply.served,
    headers: [...(answer.headers ?? []), ['x-cache', reply.served.cache], ...canary],
  };
}
