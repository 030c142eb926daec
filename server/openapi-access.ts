/** Who may ask what, and how is refused who may not? The same for every operation, from the tables that decide it. */
import { needOf, type Scope } from './auth/index.ts';
import type { Config } from './config/index.ts';
import { content, count, header, type Json, type Operation, reference } from './openapi-schema.ts';

type Auth = Config['server']['auth'];

export const SECURITY_SCHEMES: Json = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A key, as wp-chat keys create shows it once' },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same key' },
  basic: {
    type: 'http',
    scheme: 'basic',
    description: 'For browsers: the key is the password, the name may be anything',
  },
};

const HEALTH = /^\/stats\/health(\/|$)/;
const REQUEST_ID = header('Of this request: the one that was sent, where it is short and plain');

/** Of every answer to a client that is limited: both families. */
const RATE_HEADERS: Json = {
  'RateLimit-Policy': header('The limit in force: its name, queries at once (q), seconds until they are all back (w)'),
  RateLimit: header('Queries that may still be asked at once (r), seconds until all may (t)'),
  'X-RateLimit-Limit': count('Queries at once'),
  'X-RateLimit-Remaining': count('Of those, what is left'),
  'X-RateLimit-Reset': count('Seconds until all are back'),
};

/** `{}` stands for no key, as OpenAPI has it. */
function securityOf({ area, scopes }: ReturnType<typeof needOf>, auth: Auth): Json[] {
  if (area === 'public') return [];
  const keys = [...new Set<Scope>([...scopes, 'admin'])];
  const withKey = Object.keys(SECURITY_SCHEMES).flatMap((scheme) => keys.map((scope) => ({ [scheme]: [scope] })));
  return auth[area] === 'key' ? withKey : [{}, ...withKey];
}

function wordsOf({ area, scopes }: ReturnType<typeof needOf>, auth: Auth): string {
  if (area === 'public') return 'Needs no key.';
  const key = `a key with the scope ${[...new Set([...scopes, 'admin'])].join(' or ')}`;
  if (auth[area] === 'open') return 'Needs no key; one that is sent must be good.';
  return `Needs ${key}${auth[area] === 'loopback' ? '; none from the machine itself, with no proxy between' : ''}.`;
}

const refusal = (description: string, headers: Json): Json => ({
  description,
  headers: { 'X-Request-Id': REQUEST_ID, ...KEEPING, ...headers },
  content: content(['application/problem+json', 'application/msgpack'], reference('Problem')),
});

const CHALLENGE: Json = { 'WWW-Authenticate': header('RFC 6750: which scheme, and the scope that is missing') };
const RETRY: Json = { 'Retry-After': count('Seconds') };
const KEEPING: Json = { 'Cache-Control': header('Who may keep it: nobody (no-store) where nothing else is said') };

/** What any operation may answer in place of what was asked. */
function refusalsOf({ method, path, refusals = {}, headers = {} }: Operation, auth: Auth): Json {
  const { area } = needOf({ method, path });
  const limited = area === 'search';
  const told: Record<number, Json> = {
    400: refusal(refusals[400] ?? 'A key stands in the address, where it stays in logs and histories', {}),
    500: refusal('Something went wrong inside; the error is in the log under the request id', headers),
  };
  for (const [status, description] of Object.entries(refusals))
    told[Number(status)] = refusal(description, { ...headers, ...(status === '503' ? RETRY : {}) });
  if (!HEALTH.test(path)) told[403] = refusal('The address is blocked', {});
  if (method !== 'GET') told[413] = refusal('The body is too large', {});
  if (area === 'public') return told;
  told[401] = refusal(
    auth[area] === 'open' ? 'The key that was sent is not good' : 'No key was sent, or none that is good',
    CHALLENGE,
  );
  told[403] = refusal(
    'The key does not allow this or is bound to other addresses; another site sent it; or the address is blocked',
    CHALLENGE,
  );
  told[429] = refusal(limited ? 'Too many queries, or too many wrong keys' : 'Too many wrong keys', {
    ...RETRY,
    ...(limited ? RATE_HEADERS : {}),
  });
  return told;
}

/** The operation as OpenAPI has it. */
export function described(operation: Operation, { server: { auth } }: Config): Json {
  const { method, path, tag, summary, parameters, body, answers, headers = {} } = operation;
  const need = needOf({ method, path });
  const own = Object.entries(answers).map(([status, answer]): [string, Json] => [
    status,
    {
      ...answer,
      headers: {
        ...KEEPING,
        ...headers,
        ...(need.area === 'search' ? RATE_HEADERS : {}),
        ...(answer['headers'] as Json | undefined),
      },
    },
  ]);
  return {
    tags: [tag],
    summary,
    description: wordsOf(need, auth),
    security: securityOf(need, auth),
    ...(parameters === undefined ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: { ...refusalsOf(operation, auth), ...Object.fromEntries(own) },
  };
}
