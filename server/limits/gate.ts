/**
 * What each request passes before its handler: blocks at every address but health, known or not; limits where queries are asked,
 * and where it is told what was clicked.
 * Nothing else is limited, so that operators and monitors are heard in a flood. Both are decided before a body is read, but for
 * what only the body of a batch tells: how many queries it holds.
 */
import type { Clock } from '../../engine/clock.ts';
import { answerOf } from '../admission.ts';
import type { Admitted, Handle, HttpAnswer, HttpRequest, RequestHead, Route } from '../http.ts';
import { decodeAhead, formatOfBody } from '../wire/index.ts';
import type { Blocks } from './block-list.ts';
import { type ClientKey, type ClientKeys, keyOfAddress } from './client-key.ts';
import { type Caller, calledOf, type FindCaller } from './forwarded.ts';
import { blockedAnswer, limitedAnswer, withRateHeaders } from './limit-answers.ts';
import type { Limiter, Ruling } from './limiter.ts';

const HEALTH = new Set(['/stats/health', '/stats/health/live', '/stats/health/ready']);
const SEARCH = '/search';
const BATCH = '/search/batch';
const FEEDBACK = '/feedback';
/** Each counts as a query. */
const FLAGS = '/ofrep/';

/** The name of the API key that a request came with, once it is known to be good; null where it came without. */
export type IdentityOf = (request: RequestHead) => string | null;

export interface GateParts {
  readonly limiter: Limiter;
  readonly blocks: Blocks;
  readonly keys: ClientKeys;
  readonly callerOf: FindCaller;
  readonly identityOf: IdentityOf;
  /** Whether a caller is not limited. */
  readonly exempt: (caller: Caller) => boolean;
  readonly refused: (caller: Caller) => void;
  /** Told of each request from a peer that forwards without being trusted. */
  readonly stranger: (caller: Caller) => void;
  readonly bodyDepthMax: number;
  readonly batchQueriesMax: number;
  readonly clock: Clock;
}

/** Who is kept out is refused whatever he asks for, before anything of it is looked at. */
export const turningAway =
  ({ blocks, callerOf, stranger, clock }: GateParts) =>
  (head: RequestHead): HttpAnswer | null => {
    const caller = callerOf(head);
    if (caller.known === 'stranger') stranger(caller);
    const block = blocks.covering(caller.address);
    if (block === null || HEALTH.has(head.path)) return null;
    block.refused += 1;
    return blockedAnswer(head, Math.ceil((block.untilUs - clock.nowUs()) / 1e6));
  };

export const limited = (routes: readonly Route[], parts: GateParts): Route[] =>
  routes.map((route) => {
    const { path, ready } = route;
    if (path !== SEARCH && path !== BATCH && path !== FEEDBACK && !path.startsWith(FLAGS)) return route;
    const admit = admitting(route, parts);
    const handle: Handle = (request) => answerOf(admit(request), request);
    return { ...route, admit, handle, ...(ready === undefined ? {} : { ready: passingAtOnce(ready, parts) }) };
  });

type Ready = NonNullable<Route['ready']>;

/** Who is neither blocked nor limited is given at once what is ready; all others go the long way, where that is counted. */
const passingAtOnce =
  (ready: Ready, { blocks, callerOf, exempt, stranger }: GateParts): Ready =>
  (lent, client) => {
    const caller = callerOf(calledOf(lent, client));
    if (blocks.covering(caller.address) !== null || !exempt(caller)) return null;
    const answer = ready(lent, client);
    if (answer !== null && caller.known === 'stranger') stranger(caller);
    return answer;
  };

function admitting({ path, handle }: Route, parts: GateParts): (head: RequestHead) => Admitted | Promise<Admitted> {
  const { callerOf, exempt, keys, identityOf, limiter, refused } = parts;
  return (head) => {
    const caller = callerOf(head);
    if (exempt(caller)) return handle;
    const name = identityOf(head);
    const key = name === null ? keyOfAddress(caller.address) : keys.ofName(name);
    const ruled = (ruling: Ruling, next: Handle): Admitted => {
      if (ruling.allowed) return (request) => told(next(request), ruling);
      refused(caller);
      return limitedAnswer(head, ruling);
    };
    if (path !== BATCH) return then(limiter.take(key, 1), (ruling) => ruled(ruling, handle));
    return admitBatch(key, parts, ruled, handle);
  };
}

/** All queries of a batch or none; one who may ask nothing at all does not get its body read. */
function admitBatch(
  key: ClientKey,
  parts: GateParts,
  ruled: (ruling: Ruling, next: Handle) => Admitted,
  handle: Handle,
): Admitted | Promise<Admitted> {
  const { limiter } = parts;
  const charge =
    (taken: number): Handle =>
    (request) => {
      const owed = queriesOf(request, parts) - taken;
      if (owed === 0) return handle(request);
      return then(limiter.take(key, owed), (ruling) => answerOf(ruled(ruling, handle), request));
    };
  return then(limiter.look(key), ({ remaining }) =>
    remaining >= 1 ? charge(0) : then(limiter.take(key, 1), (ruling) => ruled(ruling, charge(1))),
  );
}

/** Goes on with a value that may be there already. */
const then = <Value, Next>(
  value: Value | Promise<Value>,
  next: (value: Value) => Next | Promise<Next>,
): Next | Promise<Next> => (value instanceof Promise ? value.then(next) : next(value));

const told = (answer: HttpAnswer | Promise<HttpAnswer>, ruling: Ruling): HttpAnswer | Promise<HttpAnswer> =>
  then(answer, (whole) => withRateHeaders(whole, ruling));

/** Queries that will be asked; a body that is refused as a whole counts as one. */
function queriesOf(
  { body, headers }: HttpRequest,
  { bodyDepthMax, batchQueriesMax }: Pick<GateParts, 'bodyDepthMax' | 'batchQueriesMax'>,
): number {
  const format = formatOfBody(headers.get('content-type'));
  const decoded = format === null ? null : decodeAhead(body, format, bodyDepthMax);
  if (!decoded?.ok) return 1;
  const { queries } = (decoded.value ?? {}) as { readonly queries?: unknown };
  return Array.isArray(queries) && queries.length <= batchQueriesMax ? Math.max(1, queries.length) : 1;
}
