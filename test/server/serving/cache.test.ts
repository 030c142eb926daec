import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  ask,
  encoded,
  lasting,
  MEDIA_TYPES,
  type Problem,
  post,
  type Reply,
} from '../../support/client.ts';
import { afterStep } from '../../support/dashboard-events.ts';
import { RawConnection } from '../../support/raw-http.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';

interface CacheStats {
  readonly enabled: boolean;
  readonly enabledAgainAt: string | null;
  readonly entries: number;
  readonly bytes: number;
  readonly hitPercent: number | null;
  readonly windows: Readonly<Record<string, { lookups: number; hits: number; hitPercent: number | null }>>;
  readonly spill: { restored: number; torn: number; foreign: number; written: number } | null;
}

const PATH = '/search?q=redis&mode=bm25&rerank=false';
const useOf = ({ headers }: Reply): string | null => headers.get('x-cache');

describe('a server with a cache', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startSampleServer({ set: ['server.workers=1'] });
  });
  afterAll(() => server?.stop());

  const get = (path: string, headers: Record<string, string> = {}) => ask<Answer>(`${server.url}${path}`, { headers });
  const act = (action: string, body?: unknown) =>
    ask<{ success: boolean; message: string; enabled: boolean; entries: number } & Problem>(
      `${server.url}/admin/cache/${action}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
    );
  const stats = async (): Promise<CacheStats> => (await ask<CacheStats>(`${server.url}/stats/cache`)).body;

  it('the second answer is the first one, to another request', async () => {
    const first = await get(PATH);
    const second = await get(PATH, { 'x-request-id': 'mine' });
    expect([useOf(first), useOf(second)]).toEqual(['miss', 'hit']);
    expect(second.body).toEqual({ ...first.body, requestId: 'mine' });
    expect(second.headers.get('x-request-id')).toBe('mine');
    expect(first.body.requestId).not.toBe('mine');
  });

  it('GET, HEAD and POST ask the same question, JSON and MessagePack get their own bytes', async () => {
    await get(PATH);
    const body = { query: ' redis ', mode: 'bm25', rerank: false };
    const posted = await post<Answer>(`${server.url}/search`, body);
    expect([useOf(posted), posted.headers.get('etag')]).toEqual(['hit', null]);
    const packed = [1, 2].map(() => post<Answer>(`${server.url}/search`, body, { send: 'msgpack', accept: 'msgpack' }));
    for (const reply of await Promise.all(packed)) expect(lasting(reply.body)).toEqual(lasting(posted.body));
    expect(useOf(await post(`${server.url}/search`, body, { accept: 'msgpack' }))).toBe('hit');
    expect(useOf(await get(PATH, { accept: MEDIA_TYPES.msgpack }))).toBe('hit');
    const head = await ask(`${server.url}${PATH}`, { method: 'HEAD' });
    const whole = await get(PATH);
    expect(useOf(head)).toBe('hit');
    expect(head.headers.get('etag')).toBe(whole.headers.get('etag'));
    expect(useOf(await get('/search?rerank=0&q=redis&mode=bm25'))).toBe('hit');
    expect(useOf(await get(PATH, { 'x-request-deadline-ms': '5000' }))).toBe('hit');
    expect((await get(PATH, { 'x-request-deadline-ms': 'soon' })).status).toBe(400);
    expect((await get(PATH, { accept: 'text/html' })).status).toBe(406);
  });

  it('304 for the caller who has it, without a body or a length, and the connection goes on', async () => {
    const etag = (await get(PATH)).headers.get('etag')!;
    const connection = await RawConnection.open(server.port);
    for (const path of [PATH, PATH, `${PATH}&topk=3`]) {
      const { headers } = await get(path);
      connection.send(`GET ${path} HTTP/1.1\r\nhost: x\r\nif-none-match: ${headers.get('etag')}\r\n\r\n`);
      const reply = (await connection.next(true))!;
      expect(reply.status).toBe(304);
      expect([...reply.headers.keys()]).not.toContain('content-length');
      expect(reply.headers.get('etag')).toBe(headers.get('etag'));
    }
    connection.close();
    expect((await get(PATH, { 'if-none-match': '"other"' })).status).toBe(200);
    await act('clear');
    const after = await ask(`${server.url}${PATH}`, { headers: { 'if-none-match': etag } });
    expect([after.status, useOf(after)]).toEqual([304, 'miss']);
    const posted = await post(
      `${server.url}/search`,
      { q: 'redis', mode: 'bm25', rerank: false },
      { headers: { 'if-none-match': etag } },
    );
    expect(posted.status).toBe(200);
  });

  it('each of a batch is looked up on its own', async () => {
    const queries = ['redis', 'backup', 'redis', ''].map((query) => ({ query, mode: 'bm25', rerank: false }));
    for (const accept of ['json', 'msgpack'] as const) {
      const { body } = await post<{ results: (Answer & Problem)[] }>(
        `${server.url}/search/batch`,
        { queries },
        { accept },
      );
      expect(body.results.map(({ query, code }) => query ?? code)).toEqual([
        'redis',
        'backup',
        'redis',
        'request_invalid',
      ]);
      expect(new Set(body.results.map(({ requestId }) => requestId)).size).toBe(4);
    }
    expect(useOf(await get('/search?q=backup&mode=bm25&rerank=false'))).toBe('hit');
  });

  it('/stats/cache tells hits by window, /metrics and the judge see them', async () => {
    for (let n = 0; n < 4; n++) await get('/search?q=windows&mode=bm25&rerank=false');
    await afterStep(server.url);
    const { windows, hitPercent, entries, bytes } = await stats();
    for (const name of ['1m', '10m', '1h']) {
      const { lookups, hits } = windows[name]!;
      expect(hits).toBeGreaterThanOrEqual(3);
      expect(lookups).toBeGreaterThan(hits);
    }
    expect(hitPercent).toBeGreaterThan(0);
    expect([entries > 0, bytes > 1000]).toEqual([true, true]);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/wp_chat_cache_enabled 1\n/);
  });

  it('an operator clears, disables and enables it, as often as he likes, with curl as it comes', async () => {
    await get(PATH);
    for (const body of [undefined, {}, { namespace: 'answers' }])
      expect((await act('clear', body)).body).toMatchObject({ success: true, message: 'Cache cleared', entries: 0 });
    expect(useOf(await get(PATH))).toBe('miss');
    for (let n = 0; n < 2; n++) expect((await act('disable')).body).toMatchObject({ success: true, enabled: false });
    expect([useOf(await get(PATH)), useOf(await get(PATH))]).toEqual(['none', 'none']);
    expect(await stats()).toMatchObject({ enabledAgainAt: null });
    expect((await act('disable', { expires_seconds: 3600 })).body).toMatchObject({ success: true, enabled: false });
    expect(Date.parse((await stats()).enabledAgainAt!)).toBeGreaterThan(Date.now() + 3_500_000);
    for (let n = 0; n < 2; n++) expect((await act('enable')).body).toMatchObject({ success: true, enabled: true });
    expect(useOf(await get(PATH))).toBe('hit');
  });

  it.each([
    ['clear', { namespace: 'nonesuch' }, 'namespace'],
    ['clear', { expires_seconds: 5 }, 'expires_seconds'],
    ['disable', { expires_seconds: 0 }, 'expires_seconds'],
    ['disable', { expires_seconds: '5' }, 'expires_seconds'],
  ])('what is not right is refused, and changes nothing: %s %j', async (action, body, field) => {
    const { status, body: told } = await act(action, body);
    expect([status, told.errors?.[0]?.field]).toEqual([400, field]);
    expect((await stats()).enabled).toBe(true);
  });

  it('many who ask the same at once all have the same answer, each under his own id', async () => {
    const body = encoded({ query: 'one flight', rerank: false }, 'json');
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        ask<Answer>(`${server.url}/search`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
      ),
    );
    const [first] = replies;
    for (const reply of replies) expect({ ...reply.body, requestId: '' }).toEqual({ ...first!.body, requestId: '' });
    expect(new Set(replies.map((reply) => reply.body.requestId)).size).toBe(20);
  });
});

it('what was spilled outlives kill -9, and is foreign under other settings', async () => {
  const logs = scratchFolder();
  const set = ['server.workers=1', 'server.cache.spill=true', `logs.directory=${logs}`];
  const stats = async (url: string) => (await ask<CacheStats>(`${url}/stats/cache`)).body;
  const first = await startSampleServer({ set });
  const { body } = await ask<Answer>(`${first.url}${PATH}`);
  while ((await stats(first.url)).spill!.written < 1) await new Promise((resolve) => setImmediate(resolve));
  first.child.kill('SIGKILL');
  await first.exited;

  const second = await startSampleServer({ set });
  const again = await ask<Answer>(`${second.url}${PATH}`);
  expect([useOf(again), { ...again.body, requestId: '' }]).toEqual(['hit', { ...body, requestId: '' }]);
  expect((await stats(second.url)).spill).toMatchObject({ restored: 1, torn: 0, foreign: 0 });
  await second.stop();

  const third = await startSampleServer({ set: [...set, 'retrieval.candidates=150'] });
  expect(useOf(await ask(`${third.url}${PATH}`))).toBe('miss');
  expect((await stats(third.url)).spill).toMatchObject({ restored: 0, foreign: 1 });
  await third.stop();
});
