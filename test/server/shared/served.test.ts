import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkStore } from '../../../server/shared/index.ts';
import { runCli } from '../../support/cli.ts';
import { ask, type Problem, post, type Reply } from '../../support/client.ts';
import { hasRedis, RedisServer } from '../../support/redis.ts';
import { type ServerProcess, sampleIndex, startSampleServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const SECRET = 'hush-hush';
const BURST = 6;
const FAST = 'q=redis&mode=bm25&rerank=false&topk=2';

interface Status {
  readonly policy: { readonly name: string };
  readonly blocks: { readonly count: number };
  readonly shared: { readonly state: string; readonly decidedAlone: number; readonly reason: string | null };
}

const search = (server: ServerProcess, client: string, query = FAST): Promise<Reply<Problem>> =>
  ask<Problem>(`${server.url}/search?${query}`, { headers: { 'x-forwarded-for': client } });
const status = async ({ url }: ServerProcess): Promise<Status> => (await ask<Status>(`${url}/stats/rate-limit`)).body;
const act = (server: ServerProcess, path: string, body: object = {}): Promise<Reply<object>> =>
  post<object>(`${server.url}/admin/${path}`, body);

describe.skipIf(!hasRedis)('two servers with one Redis', () => {
  let redis: RedisServer;
  let one: ServerProcess;
  let other: ServerProcess;
  beforeAll(async () => {
    redis = await RedisServer.start('--requirepass', SECRET);
    const set = [
      `server.shared.redis=${redis.url.replace('//', `//:${SECRET}@`)}`,
      'server.shared.timeoutMs=80',
      'server.limits.trustedProxies=127.0.0.1',
      'server.limits.maxRequests=1',
      'server.limits.windowSeconds=3600',
      `server.limits.burst=${BURST}`,
      'server.workers=1',
    ];
    sampleIndex();
    [one, other] = await Promise.all([startSampleServer({ set }), startSampleServer({ set })]);
  });
  afterAll(async () => {
    await Promise.all([one?.stop(), other?.stop()]);
    await redis?.kill();
  });

  const bothUp = (): Promise<void> =>
    until(async () => (await status(one)).shared.state === 'up' && (await status(other)).shared.state === 'up');

  it('give a client together what one of them would give it alone', async () => {
    // Where the machine was too busy for Redis to decide in time, another client is asked for.
    for (let client = 1; ; client++) {
      await bothUp();
      const before = (await status(one)).shared.decidedAlone + (await status(other)).shared.decidedAlone;
      const statuses: number[] = [];
      for (let at = 0; at < BURST + 2; at++)
        statuses.push((await search(at % 2 === 0 ? one : other, `203.0.113.${client}`)).status);
      if ((await status(one)).shared.decidedAlone + (await status(other)).shared.decidedAlone > before) continue;
      expect(statuses).toEqual([...Array.from({ length: BURST }, () => 200), 429, 429]);
      return;
    }
  });

  it('keep out whom one blocks, and limit as one was told to', async () => {
    await act(one, 'rate-limit/block', { address: '203.0.113.200/32', reason: 'flood' });
    await until(async () => (await search(other, '203.0.113.200')).body.code === 'blocked');
    await act(other, 'rate-limit/adjust', { max_requests: 50, window_seconds: 60 });
    await until(async () => (await status(one)).policy.name === 'adjusted');
    expect((await search(one, '203.0.113.201')).headers.get('ratelimit-policy')).toBe('"adjusted";q=50;w=60');
    await act(one, 'rate-limit/reset');
    await until(async () => (await status(other)).policy.name === 'default');
  });

  it('are in one state of experiments: a stop in one is a stop in the other, and so is its end', async () => {
    const status = async ({ url }: ServerProcess) =>
      (await ask<{ status: string; experiments: { phase: string }[] }>(`${url}/admin/canary/status`)).body;
    await bothUp();
    await act(one, 'canary/enable', { percentage: 25 });
    await until(async () => (await status(other)).experiments[0]!.phase === 'running');
    await act(one, 'canary/emergency-stop', { reason: 'errors' });
    await until(async () => (await status(other)).status === 'emergency_stop');
    expect((await search(other, '127.0.0.2')).headers.get('x-canary')).toBe('rerank=control;reason=stopped');
    // What is said while the store is away holds here at once, and there when it is back.
    redis.signal('SIGSTOP');
    await act(other, 'canary/clear-emergency', { restore: true });
    await act(other, 'canary/promote');
    expect((await status(other)).status).toBe('active');
    redis.signal('SIGCONT');
    await until(async () => (await status(one)).experiments[0]!.phase === 'promoted');
    expect((await status(one)).status).toBe('active');
  });

  it('forget their answers when one is told to, and switch their caches off and on together', async () => {
    const cached = async (server: ServerProcess): Promise<string | null> =>
      (await ask(`${server.url}/search?${FAST}&offset=1`, { headers: { 'x-forwarded-for': '127.0.0.2' } })).headers.get(
        'x-cache',
      );
    expect([await cached(other), await cached(other)]).toEqual(['miss', 'hit']);
    await act(one, 'cache/clear');
    await until(async () => (await ask<{ entries: number }>(`${other.url}/stats/cache`)).body.entries === 0);
    expect(await cached(other)).toBe('miss');
    await act(other, 'cache/disable', { expires_seconds: 600 });
    await until(async () => (await cached(one)) === 'none');
    await act(one, 'cache/enable');
    await until(async () => (await cached(other)) !== 'none');
  });

  it('go on when Redis hangs, say so once, and use it again', async () => {
    await bothUp();
    const lines = (): string[] =>
      readFileSync(join(one.logs, 'api_errors.log'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('"shared_'));
    redis.signal('SIGSTOP');
    const statuses = await Promise.all(Array.from({ length: 4 }, () => search(one, '203.0.113.230')));
    expect(statuses.map((reply) => reply.status)).toEqual([200, 200, 200, 200]);
    expect((await status(one)).shared.state).toBe('down');
    const metrics = await (await fetch(`${one.url}/metrics`)).text();
    expect(metrics).toMatch(/^wp_chat_shared_up 0$/m);
    expect(metrics).toMatch(/^wp_chat_events_total\{event="shared_lost"\} \d+/m);
    redis.signal('SIGCONT');
    await bothUp();
    await until(() => lines().at(-1)?.includes('shared_found') ?? false);
    expect(JSON.parse(lines().at(-2)!)).toMatchObject({ endpoint: 'shared', code: 'shared_lost', requestId: '' });
    // What was counted alone is known to both.
    await search(one, '203.0.113.230');
    await until(async () => (await search(other, '203.0.113.230')).status === 429);
  });

  it('never show the password', async () => {
    const shown = [
      one.said(),
      readFileSync(join(one.logs, 'api_errors.log'), 'utf8'),
      JSON.stringify(await status(one)),
      await (await fetch(`${one.url}/metrics`)).text(),
    ];
    for (const text of shown) expect(text).not.toContain(SECRET);
  });

  it('are told by doctor whether it answers', async () => {
    const at = (url: string) => checkStore({ redis: url, prefix: 'wp-chat:', timeoutMs: 80 });
    const url = redis.url.replace('//', `//:${SECRET}@`);
    await expect(at(redis.url)).rejects.toThrow(/NOAUTH/);
    await expect(at(url.replace(String(redis.port), '1'))).rejects.toThrow(/^redis:\/\/127.0.0.1:1\/0: .*ECONNREFUSED/);
    // It may be too slow on a busy machine, and says so; that it answers shows either way.
    const { out } = await runCli(['doctor', '--json', '--set', `server.shared.redis=${url}`]);
    const checks = JSON.parse(out) as { name: string; found: string }[];
    const { found } = checks.find(({ name }) => name === 'shared state')!;
    expect(found).toMatch(/decides within|A decision took/);
  });
});
