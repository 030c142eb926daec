/** Experiments of a real server: the runbook as it is printed, who gets what, bad input, a stop under load, models that fail, a restart. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ask, type Problem, post, type Reply } from '../../support/client.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

interface One {
  readonly name: string;
  readonly phase: string;
  readonly percentage: number;
  readonly last: { readonly by: string; readonly reason: string };
  readonly variants: { readonly canary: string | null };
  readonly seen: { readonly arms: Record<'control' | 'canary', { requests: number }> } | null;
}
interface Told {
  readonly status: string;
  readonly emergencyStop: { readonly reason: string; readonly by: string } | null;
  readonly experiments: readonly One[];
  readonly message: string;
}

const directory = join(scratchFolder(), 'canary');
const SET = [
  `canary.directory=${directory}`,
  'server.faults=true',
  'server.workers=2',
  'server.dispatchQueriesMax=1',
  'server.hangMs=1000',
  'server.limits.trustedProxies=127.0.0.1',
  'retrieval.rerank.depth=2',
];
const start = (): Promise<ServerProcess> => startSampleServer({ set: SET });

let server: ServerProcess;
beforeAll(async () => {
  server = await start();
});
afterAll(() => server?.stop());

const act = (what: string, body: object = {}): Promise<Reply<Told & Problem>> =>
  post<Told & Problem>(`${server.url}/admin/canary/${what}`, body);
const status = async (): Promise<Told> => (await ask<Told>(`${server.url}/admin/canary/status`)).body;
const phases = async (): Promise<object> =>
  Object.fromEntries((await status()).experiments.map(({ name, phase }) => [name, phase]));
/** What is printed in the runbook, against this server. */
const curl = (line: string): Told =>
  JSON.parse(
    execFileSync('curl', ['-s', ...line.replace('localhost:8080', `localhost:${server.port}`).split(' ')], {
      encoding: 'utf8',
    }),
  ) as Told;
let asked = 0;
const search = (userId: string, more = '', headers = {}): Promise<Reply<Answer>> =>
  ask<Answer>(`${server.url}/search?q=cache+${asked++}&topk=2${more}`, {
    headers: { 'x-user-id': userId, ...headers },
  });
const LIGHT = '&rerank=false';

afterEach(async () => {
  await act('clear-emergency', { restore: true });
  await act('disable', { experiment: 'tried', forget: true });
  await act('promote');
});

describe('the runbook', () => {
  it('says how to leave reranking out, and nobody is reranked', async () => {
    expect((await search('ada')).body).toMatchObject({ reranked: true, variants: [] });
    expect(curl('-X POST http://localhost:8080/admin/canary/disable')).toMatchObject({ status: 'disabled' });
    const reply = await search('ada');
    expect(reply.body).toMatchObject({ reranked: false, degraded: ['rerank_off'] });
    expect(reply.headers.get('x-canary')).toBe('rerank=control;reason=disabled');
  });

  it('says how to stop everything, to disable it and to look', async () => {
    expect(curl('-X POST http://localhost:8080/admin/canary/emergency-stop')).toMatchObject({
      status: 'emergency_stop',
    });
    expect(curl('-X POST http://localhost:8080/admin/canary/disable').experiments[0]).toMatchObject({
      phase: 'pending',
    });
    expect(curl('http://localhost:8080/admin/canary/status')).toMatchObject({ status: 'emergency_stop' });
    expect((await search('ada')).headers.get('x-canary')).toBe('rerank=control;reason=stopped');
  });
});

const weight = { retrieval: { fusion: { denseWeight: 0.5 } } };

describe('who gets what', () => {
  it('is the same each time, by user, session or address, and said in every answer', async () => {
    await act('enable', { experiment: 'tried', canary: weight, percentage: 50 });
    const armOf = async (headers: object, more = ''): Promise<string> => {
      const { body, headers: told } = await ask<Answer>(`${server.url}/search?q=cache+${asked++}${LIGHT}${more}`, {
        headers: { ...headers },
      });
      const arm = /tried=(\w+);reason=(split|outside)$/.exec(told.get('x-canary')!)![1]!;
      expect(body.variants.some((name) => name.startsWith('tried:canary'))).toBe(arm === 'canary');
      return arm;
    };
    const arms = new Set<string>();
    for (let at = 0; at < 12; at++) {
      const arm = await armOf({ 'x-user-id': `user-${at}` });
      arms.add(arm);
      expect(await armOf({ 'x-session-id': 'other', 'x-user-id': `user-${at}` })).toBe(arm);
      expect(await armOf({}, `&user_id=user-${at}`)).toBe(arm);
      const session = await armOf({ 'x-session-id': `s-${at}` });
      expect(await armOf({ 'x-session-id': `s-${at}` })).toBe(session);
    }
    expect(arms).toEqual(new Set(['control', 'canary']));
    const address = { 'x-forwarded-for': '203.0.113.7' };
    expect(await armOf(address)).toBe(await armOf(address));
  });

  it('from memory is what that arm answers, as long as the share stays', async () => {
    await act('enable', { experiment: 'tried', canary: weight, percentage: 50 });
    const url = `${server.url}/search?q=memory${LIGHT}`;
    const seen = new Map<string, Set<string>>();
    for (let round = 0; round < 2; round++)
      for (let at = 0; at < 8; at++) {
        const { body, headers } = await ask<Answer>(url, { headers: { 'x-user-id': `user-${at}` } });
        const arm = headers.get('x-canary')!;
        if (round > 0) expect(headers.get('x-cache')).toBe('hit');
        expect(body.variants.length > 0).toBe(arm.includes('tried=canary'));
        seen.set(arm, (seen.get(arm) ?? new Set()).add(headers.get('etag')!));
      }
    expect([...seen.values()].map(({ size }) => size)).toEqual([1, 1]);
  });

  it('may be asked for by an operator, and by nobody else', async () => {
    await act('enable', { experiment: 'tried', canary: weight, percentage: 0 });
    const asking = { 'x-canary-arm': 'tried=canary' };
    expect((await search('ada', LIGHT, asking)).headers.get('x-canary')).toContain('tried=canary;reason=asked');
    const afar = await search('ada', LIGHT, { ...asking, 'x-forwarded-for': '203.0.113.7' });
    expect(afar.headers.get('x-canary')).toContain('tried=control;reason=outside');
  });

  it('is told of each query of a batch, and to clients of OpenFeature the same as to a search', async () => {
    await act('enable', { experiment: 'tried', canary: weight, percentage: 50 });
    const queries = [1, 2, 3, 4].map((user) => ({ q: 'cache', rerank: false, user_id: `user-${user}` }));
    const { body } = await post<{ results: Answer[] }>(`${server.url}/search/batch`, { queries });
    for (const [at, { user_id: targetingKey }] of queries.entries()) {
      const flag = await post<{ value: boolean; reason: string }>(`${server.url}/ofrep/v1/evaluate/flags/tried`, {
        context: { targetingKey },
      });
      expect(flag.body).toMatchObject({ value: body.results[at]!.variants.length > 0, reason: 'SPLIT' });
    }
    // Whose name is nobody's is known by his address, here as there.
    const nobody = await search('anonymous', LIGHT);
    const flag = await post<{ variant?: string; errorCode?: string }>(`${server.url}/ofrep/v1/evaluate/flags/tried`, {
      context: { targetingKey: 'anonymous', address: '127.0.0.1' },
    });
    expect(nobody.headers.get('x-canary')).toContain(`tried=${flag.body.variant};`);
    const all = `${server.url}/ofrep/v1/evaluate/flags`;
    const first = await post<object>(all, { context: { targetingKey: 'ada' } });
    const again = { headers: { 'if-none-match': first.headers.get('etag')! } };
    expect((await post(all, { context: { targetingKey: 'ada' } }, again)).status).toBe(304);
    expect((await post<object>(all, {})).body).toMatchObject({ flags: [{}, { errorCode: 'TARGETING_KEY_MISSING' }] });
  });
});

describe('bad input is refused with the field, its value and what was expected, and changes nothing', () => {
  it.each<[string, object, number, RegExp]>([
    ['enable', { percentage: -1 }, 400, /percentage: expected percent from 0 to 100/],
    ['enable', { percentage: 100.5 }, 400, /percent from 0 to 100/],
    ['enable', { percentage: 'many' }, 400, /percent from 0 to 100/],
    ['enable', { percentage: 0.001 }, 400, /steps of 0\.01/],
    ['enable', { percentage: 1e-9 }, 400, /steps of 0\.01/],
    ['enable', { percentage: '0x10' }, 400, /percent from 0 to 100/],
    ['enable', { experiment: 'tried', plan: { steps: [5, 1] } }, 400, /rise/],
    ['enable', { experiment: 'tried', canary: { reranker: 'none' } }, 503, /none/],
    ['enable', { experiment: 'tried', canary: { generation: 'none' } }, 503, /none/],
    ['enable', { experiment: 'tried', canary: { retrieval: { bm25: { k1: 1 } } } }, 400, /bm25/],
    ['enable', { experiment: 'Tried' }, 400, /small letters/],
    ['rollout', { experiment: 'none', percentage: 5 }, 404, /none/],
    ['rollout', {}, 400, /either a percentage, or steps/],
    ['clear-emergency', {}, 400, /restore/],
  ])('%s %j', async (what, body, code, detail) => {
    const before = (await status()).experiments;
    const reply = await act(what, body);
    expect([reply.status, reply.body.detail]).toEqual([code, expect.stringMatching(detail)]);
    expect((await status()).experiments).toEqual(before);
  });

  it('nothing is enabled while everything is stopped', async () => {
    await act('emergency-stop', { reason: 'errors', updated_by: 'ada' });
    const reply = await act('enable', { percentage: 5 });
    expect([reply.status, reply.body.code]).toEqual([409, 'canary_stopped']);
    expect(reply.body.detail).toMatch(/ada .*errors/);
  });
});

it('a stop under load ends the canary for all that has not left for a worker, before it is answered', async () => {
  await act('enable', { experiment: 'tried', canary: weight, percentage: 100, holdBackPercent: 0 });
  const arms: string[] = [];
  let stopped = false;
  let canariesAfter = 0;
  const load = Array.from({ length: 120 }, async (_, user) => {
    const { headers, body } = await search(`user-${user}`, LIGHT);
    const canary = headers.get('x-canary')!.includes('tried=canary');
    expect(body.variants.some((name) => name.startsWith('tried:canary'))).toBe(canary);
    if (stopped && canary) canariesAfter += 1;
    arms.push(canary ? 'canary' : 'control');
  });
  await until(() => Promise.resolve(arms.length >= 3));
  const stop = await act('emergency-stop');
  stopped = true;
  expect(stop.status).toBe(200);
  const later = await Promise.all(Array.from({ length: 20 }, (_, user) => search(`user-${user}`, LIGHT)));
  for (const { headers } of later) expect(headers.get('x-canary')).toContain('tried=control;reason=stopped');
  await Promise.all(load);
  // What each of two workers was on when the stop came.
  expect(canariesAfter).toBeLessThanOrEqual(2);
  expect(arms[0]).toBe('canary');
});

/** Three of each arm. */
async function usersOf(experiment: string): Promise<Record<'control' | 'canary', string[]>> {
  const users: Record<'control' | 'canary', string[]> = { control: [], canary: [] };
  for (let at = 0; users.control.length < 3 || users.canary.length < 3; at++) {
    const targetingKey = `user-${at}`;
    const { body } = await post<{ variant: 'control' | 'canary' }>(
      `${server.url}/ofrep/v1/evaluate/flags/${experiment}`,
      { context: { targetingKey } },
    );
    if (users[body.variant].length < 3) users[body.variant].push(targetingKey);
  }
  return users;
}

describe('a model of the canary that', () => {
  const RERANKER = 'wp-chat-rerank-en';

  it.each([
    ['throws', { kind: 'throw' }],
    ['returns what is no number', { kind: 'nan' }],
    ['hangs', { kind: 'hang' }],
    ['is slow beyond any deadline', { kind: 'slow', ms: 60_000 }],
  ])('%s is rolled back by itself, and the control notices nothing', async (_, fault) => {
    await act('enable', { experiment: 'tried', canary: { reranker: RERANKER }, percentage: 50 });
    const variant = (await status()).experiments.find(({ name }) => name === 'tried')!.variants.canary;
    await post(`${server.url}/admin/faults`, { faults: [{ target: 'reranker', variant, ...fault }] });
    const users = await usersOf('tried');
    const controls: Answer[] = [];
    // What fails has little time to do so; the control has all that it needs on a busy machine.
    const hurried = { 'x-request-deadline-ms': '700' };
    for (let round = 0; round < 20 && ((await phases()) as { tried: string }).tried === 'running'; round++) {
      const failing = users.canary.map((user) => search(user, '', hurried));
      controls.push((await search(users.control[0]!)).body);
      await Promise.all(failing);
    }
    expect(controls.length).toBeGreaterThan(0);
    const tried = (await status()).experiments.find(({ name }) => name === 'tried')!;
    expect(tried).toMatchObject({ phase: 'rolled_back', last: { by: 'automatic' } });
    for (const { degraded, reranked } of controls) expect([degraded, reranked]).toEqual([[], true]);
    expect((await search(users.canary[0]!)).body).toMatchObject({ reranked: true, degraded: [] });
  });
});

it('a restart goes on where it was: shares, what was seen, and a stop', async () => {
  await act('enable', { experiment: 'tried', canary: weight, percentage: 50 });
  for (let user = 0; user < 12; user++) await search(`user-${user}`, LIGHT);
  const before = await status();
  const seen = (told: Told): number =>
    Object.values(told.experiments.find(({ name }) => name === 'tried')!.seen!.arms).reduce(
      (sum, { requests }) => sum + requests,
      0,
    );
  expect(seen(before)).toBe(12);
  await act('emergency-stop', { reason: 'over night' });
  expect(existsSync(join(directory, 'canary.json'))).toBe(true);
  await server.stop();
  server = await start();
  const after = await status();
  expect(after.emergencyStop).toMatchObject({ reason: 'over night' });
  expect((await search('user-1', LIGHT)).headers.get('x-canary')).toContain('reason=stopped');
  await act('clear-emergency', { restore: true });
  expect(await phases()).toEqual({ rerank: 'promoted', tried: 'running' });
  expect(seen(await status())).toBe(12);
});
