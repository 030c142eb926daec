/** What may be asked beside searches: operators' addresses, keys right and wrong, several requests at once, and bytes that are none. */
import type { Random } from './random.ts';
import { ACCEPTS, anything, fastTarget, METHODS, message, mutate, queryString, validBody, words } from './requests.ts';

const READ = [
  '/stats/slo',
  '/stats/cache',
  '/stats/rate-limit',
  '/stats/ab',
  '/stats/device',
  '/stats/metrics',
  '/stats/timeline',
  '/metrics',
  '/dashboard',
  '/admin/keys',
  '/assets/search.js',
  '/stats/health/ready',
];
const ACTED = [
  '/admin/cache/clear',
  '/admin/cache/enable',
  '/admin/cache/disable',
  '/admin/rate-limit/adjust',
  '/admin/rate-limit/reset',
  '/admin/rate-limit/block',
];
const FIELDS = [
  'max_requests',
  'window_seconds',
  'burst',
  'seconds',
  'expires_seconds',
  'dry_run',
  'address',
  'cidr',
  'reason',
  'namespace',
  'key',
  '__proto__',
];
const VALUES = [
  1,
  10,
  3600,
  -1,
  1e308,
  '192.0.2.0/24',
  '::1',
  '::/0',
  '0.0.0.0/0',
  'answers',
  'a\r\nSet-Cookie: b',
  true,
  null,
  '',
];
const QUERIES = [
  'range=1h',
  'range=24h',
  'range=__proto__',
  'format=csv',
  'format=hlog',
  'from=0&to=1',
  'from=NaN',
  'endpoint=%ff',
  'measure=all',
  '',
];
/** Of documents: their fields, and what stands beside them. */
const DOCUMENT_FIELDS = ['id', 'title', 'text', 'html', 'url', 'date', 'tags', 'lang', 'status', '__proto__'];
const DOCUMENT_VALUES = [
  1,
  '',
  'x',
  'fuzz',
  '2024-02-30',
  'javascript:x',
  ['a', 1],
  { a: 1 },
  null,
  '\ud800',
  'é'.repeat(600),
];
const CHANGES = [
  ['PUT', '/documents'],
  ['PATCH', '/documents'],
  ['DELETE', '/documents?id=fuzz'],
  ['DELETE', '/documents'],
  ['GET', '/documents?id=1'],
  ['GET', '/documents?id=1&id=2&refresh=x'],
  ['POST', '/documents/bulk'],
  ['POST', '/documents/bulk?refresh=wait'],
  ['OPTIONS', '/documents'],
] as const;
/** All are on loopback: a forwarding header is what takes that privilege away. */
const HOSTS = ['localhost', '127.0.0.1', 'localhost:80', 'evil.example', '[::1]', ''];

export interface Thrown {
  readonly bytes: Buffer;
  /** Answers that are due, unless the connection ends before. */
  readonly answers: number;
}

function document(random: Random): unknown {
  if (random.chance(0.1)) return anything(random);
  const given = Array.from({ length: random.below(5) }, () => [
    random.pick(DOCUMENT_FIELDS),
    random.pick(DOCUMENT_VALUES),
  ]);
  return Object.fromEntries([['id', 'fuzz'], ['text', 'x'], ...given]);
}

const lines = (random: Random): string =>
  Array.from({ length: random.below(6) }, () => {
    const operation = random.pick(['put', 'patch', 'delete', 'drop']);
    return random.chance(0.2)
      ? words(random)
      : JSON.stringify({ [operation]: random.chance(0.5) ? { id: 'fuzz' } : document(random), ifVersion: 0 });
  }).join('\n');

/** @param key one that is good for everything */
export function surroundings(key: string): Readonly<Record<string, (random: Random) => Thrown>> {
  const one = (bytes: Buffer): Thrown => ({ bytes, answers: 1 });
  const from = (random: Random): Record<string, string> => ({
    Host: random.pick(HOSTS),
    ...(random.chance(0.3) && { Authorization: credentials(random, key) }),
    ...(random.chance(0.2) && { 'X-Api-Key': random.chance(0.5) ? key : spoilt(key, random) }),
    ...(random.chance(0.2) && { 'X-Forwarded-For': random.pick(['192.0.2.7', '::1', ',,', 'for="', words(random)]) }),
    ...(random.chance(0.2) && {
      Origin: random.pick(['https://evil.example', 'null', 'http://localhost', words(random)]),
    }),
    ...(random.chance(0.2) && { Accept: random.pick(ACCEPTS) }),
    ...(random.chance(0.2) && { 'If-None-Match': random.pick(['*', '"a"', 'W/"a", "b"', words(random)]) }),
    ...(random.chance(0.2) && { 'X-Request-Deadline-Ms': random.pick(['1', '50', '-1', 'soon', '1e9']) }),
    ...(random.chance(0.1) && { Cookie: words(random) }),
  });
  return {
    read: (random) =>
      one(
        plain(random.pick(['GET', 'GET', 'HEAD']), `${random.pick(READ)}?${random.pick(QUERIES)}`, from(random), null),
      ),
    histograms: (random) => one(plain('GET', `/stats/histograms?${random.pick(QUERIES)}`, from(random), null)),
    act: (random) =>
      one(plain(random.pick(['POST', 'DELETE']), random.pick(ACTED), from(random), Buffer.from(order(random)))),
    // None can hold, so that searches are answered the same before and after.
    documents: (random) => {
      const [method, path] = random.pick(CHANGES);
      const bulk = path.startsWith('/documents/bulk');
      const headers = {
        ...from(random),
        'If-Match': '"0"',
        'Content-Type': bulk ? 'application/x-ndjson' : 'application/json',
        ...(random.chance(0.3) && { 'Idempotency-Key': random.pick(['"a"', 'a', '""', '"\\"', words(random)]) }),
      };
      const body = Buffer.from(bulk ? lines(random) : JSON.stringify(document(random)));
      const sent = random.chance(0.3) ? mutate(body, random) : body;
      return one(plain(method, path, headers, method === 'GET' || method === 'OPTIONS' ? null : sent));
    },
    keyed: (random) => one(plain('GET', fastTarget(random), from(random), null)),
    preflight: (random) =>
      one(
        plain(
          'OPTIONS',
          random.pick(['/search', '/search/batch', ...ACTED]),
          { ...from(random), 'Access-Control-Request-Method': random.pick(METHODS) },
          null,
        ),
      ),
    pipelined: (random) => {
      const answers = 2 + random.below(6);
      const next = (): Buffer => plain('GET', random.chance(0.5) ? fastTarget(random) : random.pick(READ), {}, null);
      return { bytes: Buffer.concat(Array.from({ length: answers }, next)), answers };
    },
    rawBytes: (random) => one(Buffer.from(Array.from({ length: 1 + random.below(300) }, () => random.below(256)))),
    rawLines: (random) =>
      one(mutate(Buffer.from(`${random.pick(METHODS)} /${words(random)}\r\n${words(random)}: \r\n\r\n`), random)),
  };
}

/** Without what would end a field or a line: that is left to the kinds that are broken. */
function plain(method: string, target: string, headers: Record<string, string>, body: Buffer | null): Buffer {
  const printable = Object.entries(headers).map(([name, value]) => [name, value.replaceAll(/[^ -~]/g, '').trim()]);
  return message(method, target, { Host: 'localhost', ...Object.fromEntries(printable) }, body);
}

function credentials(random: Random, key: string): string {
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  return random.pick([
    `Bearer ${key}`,
    `bearer  ${key}`,
    `Bearer ${spoilt(key, random)}`,
    'Bearer',
    basic(`any:${key}`),
    basic('no colon'),
    'Basic ***',
    words(random),
  ]);
}

function spoilt(key: string, random: Random): string {
  const at = random.below(key.length);
  return key.slice(0, at) + random.pick(['', 'x', '.', '%00', key]) + key.slice(at + 1);
}

function order(random: Random): string {
  if (random.chance(0.1)) return queryString(validBody(random));
  if (random.chance(0.2)) return JSON.stringify(anything(random)) ?? 'null';
  const fields = Array.from({ length: random.below(4) }, () => [random.pick(FIELDS), random.pick(VALUES)]);
  const text = JSON.stringify(Object.fromEntries(fields));
  return random.chance(0.2) ? mutate(Buffer.from(text), random).toString('latin1') : text;
}
