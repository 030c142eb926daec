/** A real server whose visitors see two arms in one list: what they get, what their clicks count for, and what is written of both. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ask, type Problem, post, type Reply } from '../../../support/client.ts';
import { type ServerProcess, startSampleServer } from '../../../support/server.ts';
import { until } from '../../../support/until.ts';

/** Small files: they are rotated while the tests run. */
const SETTINGS = ['logs.fileBytesMax=65536', 'canary.clickMinutes=1440', 'canary.logLinesPerSecond=100000'];

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer({ set: SETTINGS });
  const enabled = await post(`${server.url}/admin/canary/enable`, {
    experiment: 'fusion',
    percentage: 100,
    holdBackPercent: 0,
    interleave: true,
    control: { retrieval: { fusion: { denseWeight: 0 } } },
    canary: { retrieval: { fusion: { denseWeight: 1 } } },
  });
  expect(enabled.status, JSON.stringify(enabled.body)).toBe(200);
});
afterAll(() => server.stop());

const searchAs = (user: string, query: Record<string, unknown>): Promise<Reply<Answer>> =>
  post<Answer>(`${server.url}/search`, { rerank: false, ...query }, { headers: { 'x-user-id': user } });

const click = (body: object): Promise<Reply<{ counted?: boolean } & Partial<Problem>>> =>
  post(`${server.url}/feedback`, body);

interface Contest {
  readonly shown: number;
  readonly pending: Record<'A' | 'B' | 'tie' | 'none', number>;
}
interface Told {
  readonly experiments: { experiment: string; arms: { arm: string; requests: number }[]; interleaving: Contest[] }[];
}
const told = async (): Promise<Told['experiments'][number]> =>
  (await ask<Told>(`${server.url}/stats/ab?days=1`)).body.experiments.find(
    ({ experiment }) => experiment === 'fusion',
  )!;

type Line = Record<string, unknown> & { requestId: string; shown?: string[]; interleaved?: { teams: string } };
/** All that is written so far. */
function lines(): Line[] {
  const files = readdirSync(server.logs).filter((name) => name.startsWith('ab_metrics.jsonl'));
  return files.flatMap((name) =>
    readFileSync(join(server.logs, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line),
  );
}
const lineOf = async (requestId: string, kind = 'search'): Promise<Line> => {
  let found: Line | undefined;
  await until(() => {
    found = lines().find((line) => line.requestId === requestId && line['kind'] === kind);
    return found !== undefined;
  });
  return found!;
};

const QUERY = 'why does my site show a blank page after an update';

describe('an answer that two arms share', () => {
  it('is one list of both, with ranks of its own, and says so; it is not kept', async () => {
    const { body, headers } = await searchAs('ann', { query: QUERY, topk: 8 });
    expect([body.interleaved, headers.get('x-cache')]).toEqual([true, 'none']);
    expect(body.hits.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(body.hits.map(({ postId }) => postId)).size).toBe(8);
    const { teams } = (await lineOf(body.requestId)).interleaved!;
    const [a, b] = ['A', 'B'].map((team) => teams.split(team).length - 1) as [number, number];
    expect(teams).toMatch(/^=*[AB]+$/);
    expect([Math.abs(a - b) <= 1, a + b > 0]).toEqual([true, true]);
    const arms = await Promise.all(
      ['control', 'canary'].map((arm) =>
        post<Answer>(
          `${server.url}/search`,
          { query: QUERY, topk: 8, rerank: false },
          { headers: { 'x-canary-arm': `fusion=${arm}` } },
        ),
      ),
    );
    const [control, canary] = arms.map((reply) => reply.body.hits.map(({ id }) => id)) as [string[], string[]];
    // Whose a result is, is who has it: the first that A places is the best of its own that was not placed yet.
    const placed = new Set<string>();
    const posts = (ids: string[]): string[] => ids.map((id) => id.split('#')[0]!);
    for (const [at, { postId }] of body.hits.entries()) {
      const own = posts(teams[at] === 'B' ? canary : control);
      expect(
        own.find((id) => !placed.has(id)),
        `${at} of ${teams}`,
      ).toBe(postId);
      placed.add(postId);
    }
  });

  it('is the same for the same visitor, and goes on with the next page', async () => {
    const page = async (user: string, topk: number, offset: number): Promise<string[]> =>
      (await searchAs(user, { query: QUERY, topk, offset })).body.hits.map(({ id }) => id);
    const whole = await page('ben', 10, 0);
    expect([...(await page('ben', 5, 0)), ...(await page('ben', 5, 5))]).toEqual(whole);
    const others = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((user) => page(user, 10, 0)));
    expect(others.some((other) => other.join() !== whole.join())).toBe(true);
  });

  it('is had by GET, and in a batch, each query with an id of its own', async () => {
    const { body } = await ask<Answer>(`${server.url}/search?q=redis&rerank=false&topk=3&user_id=cid`);
    expect(body.interleaved).toBe(true);
    const batch = await post<{ results: Answer[] }>(
      `${server.url}/search/batch`,
      {
        queries: [
          { q: 'redis', rerank: false },
          { q: 'comments', rerank: false },
        ],
      },
      { headers: { 'x-user-id': 'cid' } },
    );
    for (const { interleaved, requestId, hits } of batch.body.results) {
      expect(interleaved).toBe(true);
      expect((await click({ requestId, id: hits[0]!.id })).body).toEqual({ counted: true });
    }
  });
});

describe('a click', () => {
  it('is credited to the arm that brought the result, once, and written', async () => {
    const before = (await told()).interleaving[0]!;
    const { body } = await searchAs('dora', { query: QUERY, topk: 8 });
    const { requestId, hits } = body;
    const { teams } = (await lineOf(requestId)).interleaved!;
    const at = teams.indexOf('B');
    expect((await click({ requestId, id: hits[at]!.id })).body).toEqual({ counted: true });
    expect((await click({ requestId, position: at + 1, event: 'click' })).body).toEqual({ counted: false });
    const after = (await told()).interleaving[0]!;
    expect([
      after.shown - before.shown,
      after.pending.B - before.pending.B,
      after.pending.A - before.pending.A,
    ]).toEqual([1, 1, 0]);
    expect(await lineOf(requestId, 'click')).toMatchObject({ id: hits[at]!.id, position: at + 1 });
  });

  it('that fits no answer is refused', async () => {
    const { body } = await searchAs('eve', { query: QUERY, topk: 3 });
    const { requestId, hits } = body;
    for (const [wrong, status, code] of [
      [{ requestId: 'none', position: 1 }, 404, 'impression_missing'],
      [{ requestId, id: 'none#0' }, 400, 'request_invalid'],
      [{ requestId, position: 4 }, 400, 'request_invalid'],
      [{ requestId, id: hits[0]!.id, position: 2 }, 400, 'request_invalid'],
      [{ requestId }, 400, 'request_invalid'],
      [{ requestId, position: 1, event: 'hover' }, 400, 'request_invalid'],
    ] as const) {
      const refused = await click(wrong);
      expect([refused.status, refused.body.code], JSON.stringify(wrong)).toEqual([status, code]);
    }
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^wp_chat_feedback_total\{result="unknown"\} [1-9]/m);
    expect(metrics).toMatch(/^wp_chat_feedback_total\{result="counted"\} [1-9]/m);
  });
});

describe('ab_metrics.jsonl', () => {
  it('has a line for each search, without what was asked or by whom, in files that are rotated', async () => {
    const queries = Array.from({ length: 100 }, (_, at) => `zebra ${at}`);
    const replies = await Promise.all(queries.map((query, at) => searchAs(`secretive ${at}`, { query, topk: 10 })));
    const ids = replies.map(({ body }) => body.requestId);
    await until(() => {
      const written = new Set(lines().map(({ requestId }) => requestId));
      return ids.every((id) => written.has(id));
    });
    const [first] = replies;
    const line = await lineOf(first!.body.requestId);
    expect(line).toMatchObject({
      kind: 'search',
      outcome: 'answered',
      rerankAsked: false,
      rerankEffective: 'none',
      cache: 'none',
      results: first!.body.total,
      resultHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      queryHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      identityHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      shown: first!.body.hits.map(({ id }) => id),
    });
    const files = readdirSync(server.logs).filter((name) => name.startsWith('ab_metrics.jsonl'));
    expect(files.length).toBeGreaterThan(1);
    for (const name of files) {
      const text = readFileSync(join(server.logs, name), 'utf8');
      expect(text.length).toBeLessThanOrEqual(65_536);
      for (const secret of ['zebra', 'secretive', 'blank page']) expect(text).not.toContain(secret);
    }
  });

  it('and GET /stats/ab tell no query, and add up', async () => {
    const reply = await fetch(`${server.url}/stats/ab`);
    const text = await reply.text();
    for (const secret of ['zebra', 'secretive', 'blank page']) expect(text).not.toContain(secret);
    const { arms, interleaving } = await told();
    const shared = arms.find(({ arm }) => arm === 'interleaved')!;
    expect(shared.requests).toBe(interleaving[0]!.shown);
    const { A, B, tie, none } = interleaving[0]!.pending;
    expect(A + B + tie + none).toBe(shared.requests);
  });
});
