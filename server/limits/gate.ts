/**
 * What each request passes before its handler: blocks at every address but health, limits where queries are asked. Nothing else is
 * limited, so that operators and monitors are heard in a flood.
 */
import type { Clock } from '../../engine/clock.ts';
import type { HttpAnswer, HttpRequest, Route } from '../http.ts';
import { decode, formatOfBody } from '../wire/index.ts';
import type { Blocks } from './block-list.ts';
import { type ClientKey, type ClientKeys, keyOfAddress } from './client-key.ts';
import type { Caller, FindCaller } from './forwarded.ts';
import { blockedAnswer, limitedAnswer, withRateHeaders } from './limit-answers.ts';
import type { Limiter, Ruling } from './limiter.ts';

const HEALTH = new Set(['/stats/health', '/stats/health/live', '/stats/health/ready']);
const SEARCH = '/search';
const BATCH = '/search/batch';

/** The name of the API key that a request came with, once it is known to be good; null where it came without. */
export type IdentityOf = (request: HttpRequest) => string | null;

export interface GateParts {
  readonly limiter: Limiter;
  readonly blocks: Blocks;
  readonly keys: ClientKeys;
  readonly callerOf: FindCaller;
  readonly identityOf: IdentityOf;
  /** Whether a caller is not limited. */
  readonly exempt: (caller: Caller) => boolean;
  readonly refused: (caller: Caller) => void;
  readonly bodyDepthMax: number;
  readonly batchQueriesMax: number;
  readonly clock: Clock;
}

export const gated = (routes: readonly Route[], parts: GateParts): Route[] =>
  routes.map((route) => {
    if (HEALTH.has(route.path)) return route;
    const { ready } = route;
    const handle = passing(route, parts);
    return ready === undefined ? { ...route, handle } : { ...route, handle, ready: passingAtOnce(ready, parts) };
  });

type Ready = NonNullable<Route['ready']>;

/** Who is neither blocked nor limited is given at once what is ready; all others go the long way, where that is counted. */
const passingAtOnce =
  (ready: Ready, { blocks, callerOf, exempt }: GateParts): Ready =>
  (lent, client) => {
    const headers = {
      get: (name: string) => lent.getHeader(name) || undefined,
      has: (name: string) => lent.getHeader(name) !== '',
    };
    const caller = callerOf({ client, headers });
    return blocks.covering(caller.address) === null && exempt(caller) ? ready(lent, client) : null;
  };

function passing({ path, handle }: Route, parts: GateParts): Route['handle'] {
  const { blocks, callerOf, exempt, keys, identityOf, clock } = parts;
  const limited = path === SEARCH || path === BATCH;
  return (request) => {
    const caller = callerOf(request);
    const block = blocks.covering(caller.address);
    if (block !== null) {
      block.refused += 1;
      return blockedAnswer(request, Math.ceil((block.untilUs - clock.nowUs()) / 1e6));
    }
    if (!limited || exempt(caller)) return handle(request);
    const name = identityOf(request);
    const key = name === null ? keyOfAddress(caller.address) : keys.ofName(name);
    const ruling = path === BATCH ? ruleBatch(request, key, parts) : parts.limiter.take(key, 1);
    const answer = (ruled: Ruling): HttpAnswer | Promise<HttpAnswer> => {
      if (ruled.allowed) return told(handle(request), ruled);
      parts.refused(caller);
      return limitedAnswer(request, ruled);
    };
    return ruling instanceof Promise ? ruling.then(answer) : answer(ruling);
  };
}

const told = (answer: HttpAnswer | Promise<HttpAnswer>, ruling: Ruling): HttpAnswer | Promise<HttpAnswer> =>
  answer instanceof Promise ? answer.then((whole) => withRateHeaders(whole, ruling)) : withRateHeaders(answer, ruling);

/** All queries of a batch or none; one who may ask nothing at all does not get its body read. */
function ruleBatch(request: HttpRequest, key: ClientKey, parts: GateParts): Ruling | Promise<Ruling> {
  const { limiter } = parts;
  const rule = ({ remaining }: Ruling): Ruling | Promise<Ruling> =>
    limiter.take(key, remaining < 1 ? 1 : queriesOf(request, parts));
  const looked = limiter.look(key);
  return looked instanceof Promise ? looked.then(rule) : rule(looked);
}

/** Queries that will be asked; a body that is refused as a whole counts as one. */
function queriesOf(
  { body, headers }: HttpRequest,
  { bodyDepthMax, batchQueriesMax }: Pick<GateParts, 'bodyDepthMax' | 'batchQueriesMax'>,
): number {
  const format = formatOfBody(headers.get('content-type'));
  const decoded = format === null ? null : decode(body, format, bodyDepthMax);
  if (!decoded?.ok) return 1;
  const { queries } = (decoded.value ?? {}) as { readonly queries?: unknown };
  return Array.isArray(queries) && queries.length <= batchQueriesMax ? Math.max(1, queries.length) : 1;
}
