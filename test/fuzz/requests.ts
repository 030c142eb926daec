/** Requests that a client might send, and what becomes of them when somebody means harm. */
import { pack } from 'msgpackr';
import type { Random } from './random.ts';

const WORDS = [
  'redis',
  'backup',
  'wp-cli',
  'Größe',
  '日本語',
  '🔒',
  '',
  ' ',
  '"',
  '\\',
  '<b>',
  '%',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '-1',
  '1e999',
  'x'.repeat(300),
];
const FIELDS = [
  'q',
  'query',
  'mode',
  'rerank',
  'topk',
  'offset',
  'filters',
  'facets',
  'min_score',
  'collapse',
  'fusion',
  'mmr',
  'explain',
  'category',
  'tag',
  'author',
  'type',
  'language',
  'date_from',
  'date_to',
  '__proto__',
  'constructor',
  'toString',
  'nonesuch',
];
const PATHS = [
  '/search',
  '/search/batch',
  '/documents',
  '/documents/bulk',
  '/webhook/wordpress',
  '/stats/health',
  '/stats/metrics',
  '/stats/device',
  '/openapi.json',
  '/',
  '/docs',
  '/nowhere',
  '/assets/../../etc/passwd',
  '/%2e%2e/%00',
  '/search/%ff',
];
export const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'BREW'];
const TYPES = [
  'application/json',
  'application/msgpack',
  'application/x-www-form-urlencoded',
  'text/plain',
  'application/json; charset=utf-7',
  '',
  ';;;',
];
export const ACCEPTS = [
  '*/*',
  'application/json',
  'application/msgpack',
  'text/html',
  'application/msgpack;q=0.5,*/*;q=x',
  ',,,',
  ';q=1',
];

/** Cheap to answer: no model runs. */
const FAST = { mode: 'bm25', rerank: false } as const;

export const words = (random: Random): string =>
  Array.from({ length: 1 + random.below(4) }, () => random.pick(WORDS)).join(' ');

export function validBody(random: Random): Record<string, unknown> {
  return {
    q: words(random),
    ...FAST,
    ...(random.chance(0.5) && { topk: 1 + random.below(20) }),
    ...(random.chance(0.3) && { offset: random.below(300) }),
    ...(random.chance(0.3) && {
      filters: { category: random.pick(['Security', 'Hosting', 'x']), date_from: '2023-01-01' },
    }),
    ...(random.chance(0.3) && { facets: ['tag', 'author'] }),
    ...(random.chance(0.3) && { collapse: 'passage', explain: true }),
    ...(random.chance(0.2) && { mmr: true, min_score: random.next() * 4 }),
  };
}

/** Any value, of any type, sometimes deep. */
export function anything(random: Random, depth = 0): unknown {
  switch (random.below(depth > 3 ? 6 : 9)) {
    case 0:
      return random.pick(WORDS);
    case 1:
      return random.pick([0, -1, 1.5, 101, 2 ** 31, 2 ** 53, -1e308, 1e-320]);
    case 2:
      return random.chance(0.5);
    case 3:
      return null;
    case 4:
      return words(random);
    case 5:
      return random.below(1000);
    case 6:
      return Array.from({ length: random.below(6) }, () => anything(random, depth + 1));
    case 7:
      return [[[[[[[[[[[[[[[[[[random.pick(WORDS)]]]]]]]]]]]]]]]]]];
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(5) }, () => [random.pick(FIELDS), anything(random, depth + 1)]),
      );
  }
}

/** A valid body with some of its fields replaced, added or taken away; never one that asks for a model. */
function wrongBody(random: Random): unknown {
  if (random.chance(0.1)) return anything(random);
  const body: Record<string, unknown> = validBody(random);
  for (let n = 1 + random.below(3); n > 0; n--) {
    const field = random.pick(FIELDS);
    if (random.chance(0.2)) delete body[field];
    else
      Object.defineProperty(body, field, {
        value: anything(random),
        enumerable: true,
        configurable: true,
        writable: true,
      });
  }
  return { ...body, ...(random.chance(0.9) && FAST) };
}

export function mutate(bytes: Buffer, random: Random): Buffer {
  const out = [...bytes];
  for (let n = 1 + random.below(6); n > 0; n--) {
    const at = random.below(out.length + 1);
    const how = random.below(5);
    if (how === 0) out.splice(at, 0, random.below(256));
    else if (how === 1) out.splice(at, 1 + random.below(8));
    else if (how === 2) out.splice(at, 0, ...out.slice(at, at + random.below(64)));
    else if (how === 3) out.splice(at, out.length);
    else if (at < out.length) out[at] = random.chance(0.5) ? random.below(256) : out[at]! ^ (1 << random.below(8));
  }
  return Buffer.from(out);
}

export function message(method: string, target: string, headers: Record<string, string>, body: Buffer | null): Buffer {
  const lines = Object.entries({
    Host: 'fuzz',
    ...headers,
    ...(body !== null && { 'Content-Length': String(body.length) }),
  });
  const head = `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]);
}

export function queryString(body: Record<string, unknown>): string {
  const { filters, ...fields } = body;
  return new URLSearchParams(
    Object.entries({ ...fields, ...(filters as object | undefined) }).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]),
  ).toString();
}

export const fastTarget = (random: Random): string => `/search?${queryString(validBody(random))}`;

/** How searches and what looks like them are made; the names are those of the report. */
export const SEARCHES: Readonly<Record<string, (random: Random) => Buffer>> = {
  validGet: (random) => message('GET', fastTarget(random), {}, null),
  validPost: (random) => posted(random, validBody(random), false),
  wrongFields: (random) => posted(random, wrongBody(random), false),
  batch: (random) =>
    posted(
      random,
      {
        queries: Array.from({ length: random.below(6) }, () =>
          random.chance(0.6) ? validBody(random) : wrongBody(random),
        ),
      },
      false,
      '/search/batch',
    ),
  mutatedBody: (random) => posted(random, random.chance(0.5) ? validBody(random) : wrongBody(random), true),
  mutatedQuery: (random) => {
    const text = mutate(Buffer.from(queryString(validBody(random))), random).toString('latin1');
    // Blanks and control characters do not belong in a request line: those are left to mutatedHttp.
    return message(
      'GET',
      `/search?${FAST_QUERY}&${[...text].map((sign) => (sign <= ' ' || sign === '\u007f' ? '+' : sign)).join('')}`,
      {},
      null,
    );
  },
  oddRoute: (random) =>
    message(
      random.pick(METHODS),
      random.pick(PATHS) + (random.chance(0.3) ? `?${queryString(validBody(random))}` : ''),
      {
        Accept: random.pick(ACCEPTS),
        'Content-Type': random.pick(TYPES),
        'X-Request-Id': words(random).replaceAll(/[^ -~]/g, ''),
      },
      random.chance(0.5) ? Buffer.from(JSON.stringify(validBody(random))) : null,
    ),
  mutatedHttp: (random) =>
    mutate(
      random.chance(0.5) ? message('GET', fastTarget(random), {}, null) : posted(random, validBody(random), false),
      random,
    ),
};

/** What a mutated query string starts with, so that what follows seldom wakes a model. */
const FAST_QUERY = 'mode=bm25&rerank=false';

function posted(random: Random, body: unknown, broken: boolean, path = '/search'): Buffer {
  const packed = random.chance(0.5);
  const bytes = packed ? Buffer.from(pack(body)) : Buffer.from(JSON.stringify(body) ?? 'null');
  return message(
    'POST',
    path,
    {
      'Content-Type': packed ? 'application/msgpack' : 'application/json',
      ...(random.chance(0.3) && { Accept: random.pick(['application/json', 'application/msgpack']) }),
    },
    broken ? mutate(bytes, random) : bytes,
  );
}
