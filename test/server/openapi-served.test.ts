/** Every answer of a real server to what its clients may send is one that the description tells, with its headers and its members. */
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createKey } from '../../server/auth/key-making.ts';
import { encoded, MEDIA_TYPES } from '../support/client.ts';
import { sampleIndexCopy } from '../support/sample-index-copy.ts';
import { scratchFolder } from '../support/scratch.ts';
import { type ServerProcess, startServer } from '../support/server.ts';

type Json = Record<string, unknown>;
interface Told {
  readonly headers?: Record<string, { schema: Json }>;
  readonly content?: Record<string, { schema: Json }>;
}
interface Operation {
  readonly security: readonly Record<string, string[]>[];
  readonly parameters?: readonly { name: string; in: string }[];
  readonly responses: Record<string, Told>;
}
interface Description {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Json };
}

const SECRET = 'a secret of thirty-two characters';

let server: ServerProcess;
let description: Description;
let keys: Record<'search' | 'act', string>;
beforeAll(async () => {
  const file = join(scratchFolder(), 'keys.json');
  const make = (scopes: Parameters<typeof createKey>[1]['scopes']): string =>
    createKey(file, { name: 'test', scopes, from: [], lifetimeMs: null }, Date.now()).key;
  keys = { search: make(['search']), act: make(['ops:act']) };
  server = await startServer({
    index: sampleIndexCopy(),
    environment: { WP_CHAT_WEBHOOK_SECRET: SECRET },
    set: [
      'sync.site=http://127.0.0.1:1',
      'server.documents.bytesMax=5000',
      'server.documents.linesMax=5',
      `server.auth.keysFile=${file}`,
      `backup.target=${scratchFolder()}`,
      'server.limits.trustedProxies=127.0.0.1',
      'server.limits.burst=3',
      'server.limits.maxRequests=1',
      'server.limits.windowSeconds=3600',
      'server.auth.failuresBurst=2',
      'server.bodyBytesMax=4096',
    ],
  });
  description = (await (await fetch(`${server.url}/openapi.json`)).json()) as Description;
});
afterAll(() => server.stop());

/** Headers that tell of the exchange: none comes that the description does not name. */
const TELLING =
  /^(allow|cache-control|document-.*|etag|idempotency-replayed|location|ratelimit.*|retry-after|vary|www-authenticate|x-cache|x-canary|x-ratelimit-.*|x-request-id)$/;

function check(method: string, path: string, response: Response, body: unknown): void {
  const asked = path.startsWith('/assets/') ? '/assets/{name}' : path.split('?')[0]!;
  const route = asked
    .replace(/^(\/admin\/backup\/)[^/]+/, '$1{id}')
    .replace(/^(\/admin\/incidents\/)(none|[0-9A-Z]{26})/, '$1{id}')
    .replace(/^(\/ofrep.*flags)\/.+/, '$1/{key}');
  const operation = description.paths[route]?.[method.toLowerCase()];
  const what = `${method} ${path} → ${response.status}`;
  expect(operation, what).toBeDefined();
  const told = operation!.responses[response.status];
  expect(told, `${what}: is not described`).toBeDefined();
  const described = Object.keys(told!.headers ?? {}).map((name) => name.toLowerCase());
  for (const name of response.headers.keys()) if (TELLING.test(name)) expect(described, what).toContain(name);
  if (told!.content === undefined) {
    expect(body, what).toBeNull();
    return;
  }
  const type = response.headers.get('content-type')!.split(';')[0]!;
  expect(Object.keys(told!.content), what).toContain(type);
  if (!/json$/.test(type)) return;
  if (Array.isArray(body) && type === LINES) {
    for (const line of body) fits(told!.content[type]!.schema, line, what);
    return;
  }
  fits(told!.content[type]!.schema, body, what);
}

function fits(described: Json, body: unknown, what: string): void {
  const schema = { ...described, components: description.components };
  const validated = z.fromJSONSchema(inlined(schema)).safeParse(body);
  expect(validated.error?.issues, `${what}: ${JSON.stringify(body).slice(0, 300)}`).toBeUndefined();
}

const LINES = 'application/x-ndjson';

/** References to where the library looks for them. */
const inlined = ({ components, ...schema }: Json): Json =>
  JSON.parse(
    JSON.stringify({ ...schema, $defs: (components as Json)['schemas'] }).replaceAll(
      '#/components/schemas/',
      '#/$defs/',
    ),
  ) as Json;

interface Asked {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly send?: 'json' | 'msgpack';
  readonly raw?: string;
}

/** What stands in an address for the incident that was reported last. */
const INCIDENT = 'INCIDENT';
let incidentId = 'none';

async function ask(method: string, template: string, asked: Asked = {}): Promise<number> {
  const path = template.replace(INCIDENT, incidentId);
  const { headers = {}, body, send = 'json', raw } = asked;
  const left = new AbortController();
  const payload = raw ?? (body === undefined ? undefined : encoded(body, send));
  const response = await fetch(server.url + path, {
    method,
    signal: left.signal,
    headers: { ...(payload === undefined ? {} : { 'content-type': MEDIA_TYPES[send] }), ...headers },
    ...(payload === undefined ? {} : { body: payload }),
  });
  const type = response.headers.get('content-type') ?? '';
  const isStream = type.startsWith('text/event-stream');
  const text = isStream ? '' : await response.text();
  left.abort();
  const told = bodyOf(type, text);
  if (path === '/admin/incidents/detect' && response.ok)
    incidentId = (told as { incident: { incident_id: string } }).incident.incident_id;
  check(method, path, response, told);
  return response.status;
}

function bodyOf(type: string, text: string): unknown {
  if (text === '') return null;
  if (type === LINES)
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  return /json/.test(type) ? JSON.parse(text) : text;
}

const signed = (text: string): Asked => {
  const time = Math.floor(Date.now() / 1000);
  const digest = createHmac('sha256', SECRET).update(`${time}.${text}`).digest('hex');
  return { raw: text, headers: { 'x-wp-chat-signature': `t=${time},v1=${digest}` } };
};

const POST = { id: 'd1', text: 'x', date: '2024-05-31' };
const KEYED = { 'idempotency-key': 'k1' };
const AS_LINES = { 'content-type': LINES };

const AFAR = { 'x-forwarded-for': '198.51.100.7' };
const SEARCH = '/search?q=redis&mode=bm25&rerank=false&topk=1';
const WRONG = { 'x-api-key': `wpc_000000000000.${'A'.repeat(43)}`, 'x-forwarded-for': '198.51.100.99' };

const ASKED: readonly [number, string, string, Asked?][] = [
  [200, 'GET', SEARCH],
  [200, 'GET', `${SEARCH}&explain=true&facets=tag,date`],
  [200, 'GET', SEARCH, { headers: { accept: 'application/msgpack' } }],
  [200, 'GET', SEARCH, { headers: { 'x-forwarded-for': '198.51.100.8' } }],
  [400, 'GET', '/search?topk=0'],
  [400, 'GET', '/search?topk=0', { headers: { accept: 'application/msgpack' } }],
  [400, 'GET', `${SEARCH}&key=wpc_000000000000.${'A'.repeat(43)}`],
  [400, 'GET', `/docs?key=wpc_000000000000.${'A'.repeat(43)}`],
  [406, 'GET', SEARCH, { headers: { accept: 'text/html' } }],
  [200, 'POST', '/search', { body: { query: 'redis', mode: 'bm25', rerank: false } }],
  [200, 'POST', '/search', { body: { query: 'redis', mode: 'bm25', rerank: false }, send: 'msgpack' }],
  [400, 'POST', '/search', { raw: '{' }],
  [415, 'POST', '/search', { raw: 'q', headers: { 'content-type': 'text/plain' } }],
  [413, 'POST', '/search', { raw: ' '.repeat(5000) }],
  [200, 'POST', '/search/batch', { body: { queries: [{ q: 'redis', mode: 'bm25', rerank: false }, { q: '' }] } }],
  [400, 'POST', '/search/batch', { body: { queries: [] } }],
  [429, 'POST', '/search/batch', { body: { queries: Array(9).fill({ q: 'x' }) }, headers: AFAR }],
  [404, 'POST', '/feedback', { body: { requestId: 'none', position: 1 } }],
  [400, 'POST', '/feedback', { body: { requestId: 'none' } }],
  [413, 'POST', '/feedback', { raw: ' '.repeat(5000) }],
  [400, 'GET', '/stats/ab?days=0'],
  [401, 'GET', SEARCH, { headers: WRONG }],
  [401, 'POST', '/admin/cache/clear', { headers: WRONG }],
  [429, 'GET', SEARCH, { headers: WRONG }],
  [429, 'GET', '/stats/slo', { headers: WRONG }],
  ...['/', '/docs', '/openapi.json', '/dashboard', '/assets/theme.css', '/assets/search.js', '/dashboard/events'].map(
    (path): [number, string, string] => [200, 'GET', path],
  ),
  ...['health', 'health/live', 'health/ready', 'device', 'metrics', 'slo', 'cache', 'rate-limit', 'ab'].map(
    (name): [number, string, string] => [200, 'GET', `/stats/${name}`],
  ),
  ...['json', 'csv', 'hlog', 'percentiles'].map((format): [number, string, string] => [
    200,
    'GET',
    `/stats/histograms?format=${format}`,
  ]),
  [400, 'GET', '/stats/histograms?format=none'],
  [200, 'GET', '/stats/timeline'],
  [400, 'GET', '/stats/timeline?range=none'],
  [200, 'GET', '/metrics'],
  [200, 'GET', '/metrics', { headers: { accept: 'application/openmetrics-text; version=1.0.0' } }],
  [401, 'GET', '/stats/slo', { headers: AFAR }],
  [201, 'PUT', '/documents?refresh=wait', { body: POST, headers: KEYED }],
  [201, 'PUT', '/documents', { body: { ...POST, id: 'd2' }, send: 'msgpack' }],
  [200, 'PUT', '/documents', { body: POST, headers: { 'if-match': '*' } }],
  [412, 'PUT', '/documents', { body: POST, headers: { 'if-none-match': '*' } }],
  [422, 'PUT', '/documents', { body: { ...POST, text: 'y' }, headers: KEYED }],
  [400, 'PUT', '/documents', { body: { ...POST, colour: 'red' } }],
  [413, 'PUT', '/documents', { raw: ' '.repeat(5001) }],
  [415, 'PUT', '/documents', { raw: 'x', headers: { 'content-type': 'text/plain' } }],
  [401, 'PUT', '/documents', { body: POST, headers: AFAR }],
  [200, 'GET', '/documents?id=d1'],
  [304, 'GET', '/documents?id=d1', { headers: { 'if-none-match': '*' } }],
  [404, 'GET', '/documents?id=none'],
  [400, 'GET', '/documents'],
  [200, 'PATCH', '/documents', { body: { id: 'd1', title: 'D' } }],
  [404, 'PATCH', '/documents', { body: { id: 'none', title: 'D' } }],
  [412, 'PATCH', '/documents', { body: { id: 'd1', title: 'D' }, headers: { 'if-match': '"0"' } }],
  [400, 'PATCH', '/documents', { body: { id: 'd1' } }],
  [204, 'DELETE', '/documents?id=d1&refresh=wait', { headers: { 'idempotency-key': 'k2' } }],
  [204, 'DELETE', '/documents?id=d1', { headers: { 'idempotency-key': 'k2' } }],
  [404, 'DELETE', '/documents?id=d1'],
  [
    200,
    'POST',
    '/documents/bulk?refresh=wait',
    {
      raw: '{"put":{"id":"d3","text":"x"}}\n{"put":{}}\n{\n{"delete":{"id":"none"}}\n{"delete":{"id":"d3"},"ifVersion":1}',
      headers: AS_LINES,
    },
  ],
  [400, 'POST', '/documents/bulk', { raw: '\n', headers: AS_LINES }],
  [413, 'POST', '/documents/bulk', { raw: '{}\n'.repeat(6), headers: AS_LINES }],
  [415, 'POST', '/documents/bulk', { raw: '{}' }],
  [202, 'POST', '/webhook/wordpress', signed('{"type":"post","id":1}')],
  [400, 'POST', '/webhook/wordpress', signed('{"type":"nav_menu_item","id":1}')],
  [401, 'POST', '/webhook/wordpress', { raw: '{}' }],
  [413, 'POST', '/webhook/wordpress', { raw: ' '.repeat(5000) }],
  [200, 'GET', '/admin/keys'],
  [200, 'GET', '/admin/index/status'],
  [400, 'GET', '/admin/index/status?all=true'],
  [200, 'POST', '/admin/index/swap'],
  [404, 'POST', '/admin/index/swap', { body: { generation: 'none' } }],
  [200, 'GET', '/admin/index/verify'],
  [400, 'GET', '/admin/index/verify?all=true'],
  [202, 'POST', '/admin/index/verify', { body: { rate: 1000, quarantine: true } }],
  [404, 'POST', '/admin/index/verify', { body: { generation: 'none' } }],
  [400, 'POST', '/admin/index/verify', { body: { rate: 0 } }],
  [200, 'GET', '/admin/index/rebuild'],
  [400, 'GET', '/admin/index/rebuild?all=true'],
  [202, 'POST', '/admin/index/rebuild'],
  [400, 'POST', '/admin/index/rebuild', { body: { fresh: 1 } }],
  [409, 'POST', '/admin/index/rebuild'],
  [200, 'GET', '/admin/backup'],
  [400, 'GET', '/admin/backup?all=1'],
  [202, 'POST', '/admin/backup', { body: { prune: true } }],
  [409, 'POST', '/admin/backup'],
  [404, 'POST', '/admin/backup/none/verify'],
  [404, 'POST', '/admin/backup/none/drill'],
  [400, 'POST', '/admin/backup/none/restore', { body: { discard: -1 } }],
  [404, 'DELETE', '/admin/backup/none?force=true'],
  [200, 'GET', '/admin/backup'],
  [400, 'GET', '/admin/keys?all=1'],
  [200, 'POST', '/ofrep/v1/evaluate/flags', { body: { context: { targetingKey: 'ada' } } }],
  [400, 'POST', '/ofrep/v1/evaluate/flags', { body: { context: 7 } }],
  [200, 'POST', '/ofrep/v1/evaluate/flags/rerank'],
  [404, 'POST', '/ofrep/v1/evaluate/flags/none'],
  [400, 'POST', '/ofrep/v1/evaluate/flags/rerank', { raw: '{' }],
  [200, 'GET', '/admin/canary/status'],
  [404, 'GET', '/admin/canary/status?experiment=none'],
  [400, 'GET', '/admin/canary/status?all=1'],
  [200, 'POST', '/admin/canary/enable', { body: { percentage: 2.5, dry_run: true } }],
  [200, 'POST', '/admin/canary/enable?percentage=50%25&reason=try'],
  [200, 'GET', '/admin/canary/status'],
  [200, 'POST', '/ofrep/v1/evaluate/flags', { body: { context: {} } }],
  [400, 'POST', '/ofrep/v1/evaluate/flags/rerank'],
  [400, 'POST', '/admin/canary/enable', { body: { percentage: 101 } }],
  [400, 'POST', '/admin/canary/enable', { body: { experiment: 'x', canary: { rerank: false } } }],
  [503, 'POST', '/admin/canary/enable', { body: { experiment: 'x', canary: { reranker: 'none' } } }],
  [200, 'POST', '/admin/canary/rollout', { body: { steps: true } }],
  [404, 'POST', '/admin/canary/rollout', { body: { experiment: 'none', percentage: 1 } }],
  [200, 'POST', '/admin/canary/pause'],
  [409, 'POST', '/admin/canary/pause'],
  [200, 'POST', '/admin/canary/resume'],
  [200, 'POST', '/admin/canary/abort'],
  [200, 'POST', '/admin/canary/disable', { body: { experiment: 'rerank' } }],
  [200, 'POST', '/admin/canary/emergency-stop'],
  [409, 'POST', '/admin/canary/promote'],
  [400, 'POST', '/admin/canary/clear-emergency'],
  [200, 'POST', '/admin/canary/clear-emergency', { body: { restore: true } }],
  [200, 'POST', '/admin/canary/promote'],
  [200, 'POST', '/admin/cache/clear'],
  [200, 'POST', '/admin/cache/disable', { body: { expires_seconds: 60 } }],
  [200, 'POST', '/admin/cache/disable', { body: { namespace: 'answers' }, send: 'msgpack' }],
  [200, 'POST', '/admin/cache/enable', { raw: '{}', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  [400, 'POST', '/admin/cache/enable', { body: { namespace: 'none' } }],
  [415, 'POST', '/admin/cache/clear', { raw: 'x', headers: { 'content-type': 'text/plain' } }],
  [200, 'GET', '/admin/incidents/status'],
  [200, 'POST', '/admin/incidents/detect', { body: { incident_type: 'cache_failure', severity: 'low' } }],
  [400, 'POST', '/admin/incidents/detect'],
  [200, 'POST', '/admin/incidents/auto-detect'],
  [200, 'GET', '/admin/incidents/active'],
  [200, 'GET', '/admin/incidents/silences'],
  [200, 'GET', '/admin/incidents/INCIDENT/procedures'],
  [404, 'GET', '/admin/incidents/none/procedures'],
  [200, 'POST', '/admin/incidents/INCIDENT/execute', { body: { action_id: 'check_cache' } }],
  [200, 'POST', '/admin/incidents/INCIDENT/execute', { body: { action_id: 'disable_cache', dry_run: true } }],
  [404, 'POST', '/admin/incidents/INCIDENT/execute', { body: { action_id: 'sing' } }],
  [409, 'POST', '/admin/incidents/INCIDENT/execute', { body: { action_id: 'rebuild_index' } }],
  [404, 'POST', '/admin/incidents/INCIDENT/undo', { body: { run: 'none' } }],
  [200, 'POST', '/admin/incidents/INCIDENT/acknowledge'],
  [409, 'POST', '/admin/incidents/INCIDENT/acknowledge', { body: { expected_version: 1 } }],
  [200, 'POST', '/admin/incidents/INCIDENT/note', { body: { text: 'seen' } }],
  [400, 'POST', '/admin/incidents/INCIDENT/note', { body: { text: '' } }],
  [200, 'POST', '/admin/incidents/INCIDENT/resolve', { body: { notes: 'over' } }],
  [409, 'POST', '/admin/incidents/INCIDENT/resolve'],
  [200, 'GET', '/admin/incidents/INCIDENT'],
  [404, 'GET', '/admin/incidents/none'],
  [200, 'PATCH', '/admin/incidents/INCIDENT/postmortem', { body: { status: 'draft', sections: { trigger: 'x' } } }],
  [409, 'PATCH', '/admin/incidents/INCIDENT/postmortem', { body: { status: 'closed' } }],
  ...['json', 'markdown', 'html'].map((format): [number, string, string] => [
    200,
    'GET',
    `/admin/incidents/INCIDENT/postmortem?format=${format}`,
  ]),
  [400, 'GET', '/admin/incidents/INCIDENT/postmortem?format=none'],
  [404, 'GET', '/admin/incidents/none/postmortem'],
  [200, 'GET', '/admin/audit?limit=1000'],
  [400, 'GET', '/admin/audit?limit=0'],
  [200, 'POST', '/admin/rate-limit/adjust', { body: { max_requests: 10, window_seconds: 60, preview: true } }],
  [200, 'POST', '/admin/rate-limit/adjust', { body: { max_requests: 10, window_seconds: 60 } }],
  [200, 'POST', '/admin/rate-limit/reset'],
  [200, 'POST', '/admin/rate-limit/block', { body: { address: '203.0.113.66' } }],
  [400, 'POST', '/admin/rate-limit/block', { body: { address: '127.0.0.1' } }],
  [413, 'POST', '/admin/rate-limit/block', { raw: ' '.repeat(5000) }],
  [403, 'GET', '/docs', { headers: { 'x-forwarded-for': '203.0.113.66' } }],
  [403, 'GET', SEARCH, { headers: { 'x-forwarded-for': '203.0.113.66', accept: 'application/msgpack' } }],
  [200, 'DELETE', '/admin/rate-limit/block?address=203.0.113.66'],
  [200, 'DELETE', '/admin/rate-limit/block', { body: { address: '203.0.113.66' } }],
  [400, 'DELETE', '/admin/rate-limit/block?address=x'],
];

describe('what is answered is described', () => {
  it.each(ASKED)('%i %s %s', async (status, method, path, asked) => {
    expect(await ask(method, path, asked)).toBe(status);
  });

  it('304, to who has the answer', async () => {
    const etag = (await fetch(server.url + SEARCH)).headers.get('etag')!;
    expect(await ask('GET', SEARCH, { headers: { 'if-none-match': etag } })).toBe(304);
  });

  it('whatever little time allows', async () => {
    const hurried = { headers: { 'x-request-deadline-ms': '1' } };
    for (let at = 0; at < 5; at++)
      expect([200, 504]).toContain(await ask('GET', `/search?q=never+asked+${at}&topk=50`, hurried));
  });

  it('every parameter that is described is taken, and no other', async () => {
    const known = description.paths['/search']!['get']!.parameters!.filter((one) => one.in === 'query');
    for (const { name } of known)
      expect((await (await fetch(`${server.url}/search?${name}=%00`)).text()).includes('no such field'), name).toBe(
        false,
      );
    expect(await (await fetch(`${server.url}/search?q=x&other=1`)).text()).toContain('no such field');
  });
});

describe('the keys that are described', () => {
  it('are those that pass: each operation takes a key with a scope it names, and none without', async () => {
    const wanting: string[] = [];
    for (const [path, methods] of Object.entries(description.paths)) {
      for (const [method, { security }] of Object.entries(methods)) {
        const scopes = security.flatMap((one) => Object.values(one).flat());
        for (const [scope, key] of [
          ['search', keys.search],
          ['ops:act', keys.act],
        ] as const) {
          const left = new AbortController();
          // Who comes from afar is not let in by being here.
          const headers = { 'x-api-key': key, 'x-forwarded-for': '192.0.2.1' };
          const url = server.url + path.replace('{name}', 'theme.css');
          const { status } = await fetch(url, { method: method.toUpperCase(), headers, signal: left.signal });
          left.abort();
          const open = security.length === 0 || (/^\/(search|ofrep|feedback)/.test(path) && scopes.includes('search'));
          if ((status !== 403) !== (open || scopes.includes(scope)))
            wanting.push(`${method} ${path} ${scope}: ${status}`);
        }
      }
    }
    expect(wanting).toEqual([]);
  });
});
