/** One question, however it came in: checked, given its arms, answered from memory or by a worker, and told to whoever compares arms. */
import type { Clock } from '../engine/clock.ts';
import type { SearchOutcome, SearchRequest } from '../engine/types.ts';
import type { ErrorLog } from '../ops/index.ts';
import type { Batcher } from './batcher.ts';
import type { Answer, AnswerCache, Question } from './cache/index.ts';
import type { Answered, Asker, Experiments, Given } from './canary/index.ts';
import type { Relevance } from './canary/relevance/index.ts';
import type { Config } from './config/index.ts';
import type { Envelope } from './envelope.ts';
import { NOT_SERVED, type Served } from './http.ts';
import { modelFailures } from './model-failures.ts';
import type { Priority } from './overload/index.ts';
import { type Problem, problem, requestInvalid, searchSchema, validateSearch } from './wire/index.ts';

export interface QuestionParts {
  readonly config: Config;
  readonly batcher: Batcher;
  readonly cache: AnswerCache;
  readonly experiments: Experiments;
  readonly relevance: Pick<Relevance, 'share'>;
  /** Of the index that answers now. */
  readonly generation: () => string;
  readonly clock: Clock;
  readonly errors: ErrorLog;
  readonly draining: () => boolean;
}

type Failure = Exclude<SearchOutcome, { kind: 'ok' }>;

/** What was found, or why nothing was; and how it came about. */
export type Reply = {
  readonly served: Served;
  /** What the caller is told of experiments; null where none was looked at. */
  readonly canary: string | null;
} & ({ readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly problem: Problem });

/** How a question came in. */
export interface Way {
  readonly endpoint: Answered['endpoint'];
  readonly priority: Priority;
  /** Who asks it, with the user that it names; null where that makes no difference. */
  readonly asker: (userId: string | undefined) => Asker | null;
  /** Whose answer, with those arms, may be given again at once; null where it has none. */
  readonly addressWith: (key: string) => string | null;
}

export function questions({
  config,
  batcher,
  cache,
  experiments,
  relevance,
  generation,
  clock,
  errors,
  draining,
}: QuestionParts) {
  const schema = searchSchema(config);
  const noteFailures = modelFailures(
    (entry) => errors.write(entry),
    () => ({ steadyMs: clock.nowUs() / 1000, timeMs: clock.wallMs() }),
  );

  const run = async (asked: SearchRequest, priority: Priority, requestId: string): Promise<SearchOutcome> => {
    const outcome = await batcher.submit(asked, priority);
    // Refusals under load are counted by status; a line each would make the load worse.
    if (outcome.kind === 'failed' && outcome.code !== 'overloaded' && outcome.code !== 'draining') {
      const { code, detail } = outcome;
      errors.write({ timeMs: clock.wallMs(), requestId, endpoint: '/search', code, detail });
    }
    if (outcome.kind === 'ok' && outcome.result.degraded.length > 0) noteFailures(outcome.result.degraded, requestId);
    return outcome;
  };

  return async (input: unknown, envelope: Envelope, way: Way): Promise<Reply> => {
    const { requestId, deadlineAtMs, format } = envelope;
    const validated = validateSearch(schema, input, deadlineAtMs);
    if (!validated.ok) return refused(requestInvalid(validated.faults, requestId));
    if (draining()) return refused(problem('draining', 'Ask again: another process will answer', requestId));
    const seat = experiments.seat(way.asker(validated.userId));
    const request = validated.value;
    const questionFor = ({ variants, key: arm }: Given): Question => ({
      request: { ...request, variants },
      generation: generation(),
      arm,
      format,
    });
    const ask = (asked: SearchRequest, behind: boolean) => run(asked, behind ? 'low' : way.priority, requestId);
    const startUs = clock.nowUs();
    const question = questionFor(seat.given);
    const both = relevance.share(seat, question, ask);
    const compared =
      both !== null ? [] : experiments.compared(seat, request, (given) => !cache.knows(questionFor(given)));
    const { found, shared } =
      both !== null
        ? await both
        : { found: await cache.answer(question, ask, way.addressWith(seat.given.key)), shared: null };
    const { use, queueMs, ran } = found;
    const given =
      found.ok && shared === null ? seat.board.asServed(seat.given, found.answer.facts.variants) : seat.given;
    const answered: Answered = {
      ...{ requestId, endpoint: way.endpoint, request, cache: use, ran },
      ...{ assignments: given.assignments, variants: given.variants, identity: seat.identity },
      timeMs: clock.wallMs(),
      tookMs: (clock.nowUs() - startUs) / 1000,
      ...(shared === null ? {} : { shared }),
      outcome: found.ok ? { kind: 'ok', answer: found.answer } : found.outcome,
    };
    experiments.answered(answered, compared);
    const told = { canary: given.header };
    if (found.ok) {
      const served = servedOf(found.answer, { use, requestId, queueMs, arm: given.label });
      return { ok: true, answer: found.answer, served, ...told };
    }
    const rerank = request.rerank ? 'dropped' : 'none';
    const served: Served = { ...NOT_SERVED, cache: use, rerank, arm: given.label, requestId };
    return { ok: false, problem: problemOfFailure(found.outcome, request, requestId), served, ...told };
  };
}

export function refused(refusal: Problem): Extract<Reply, { ok: false }> {
  return { ok: false, problem: refusal, canary: null, served: { ...NOT_SERVED, requestId: refusal.requestId } };
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

interface Serving {
  readonly use: Served['cache'];
  readonly requestId: string;
  readonly queueMs: number | null;
  readonly arm: string;
}

/** Field by field: copying an object whole takes microseconds, on a path that has ten. */
export function servedOf({ facts }: Answer, { use: cache, requestId, queueMs, arm }: Serving): Served {
  const { rerank, degraded, empty } = facts;
  return { cache, rerank, arm, queueNs: queueMs === null ? null : queueMs * 1e6, degraded, empty, requestId };
}
