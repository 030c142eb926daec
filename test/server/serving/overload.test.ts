import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, ask, type Problem, post, type Reply } from '../../support/client.ts';
import { sampleQueries } from '../../support/sample-queries.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer({
    set: [
      'server.workers=1',
      'server.cache.enabled=false',
      'server.deadlineMs=120000',
      'retrieval.rerank.depth=4',
      'server.overload.enabled=true',
      'server.overload.stepDownMs=100',
      'server.overload.queueDelayTargetMs=20',
      'server.overload.concurrencyMin=1000',
      // Two thousand queries would have to wait for seconds: the ladder takes the work from them, and none is refused.
      'server.overload.queueDelayMaxMs=60000',
    ],
  });
});
afterAll(() => server.stop());

/** From this rung on. */
const NOT_RERANKED = 2;

interface Load {
  readonly rungNo: number;
}
const loadNow = async (): Promise<Load> => (await ask<{ load: Load }>(`${server.url}/stats/device`)).body.load;

const slow = (n: number): Promise<Reply<Answer>> =>
  post<Answer>(`${server.url}/search`, { query: `${sampleQueries[n % sampleQueries.length]} ${n}`, rerank: true });

it('answers get simpler while more is asked than can be done, say so, and are whole again afterwards', async () => {
  const replies: Reply<Answer>[] = [];
  /** The rung of the last second: those between may pass unseen. */
  let rungNo = 0;
  let asked = 0;
  const asking = Array.from({ length: 40 }, async () => {
    while (rungNo < NOT_RERANKED) replies.push(await slow(asked++));
  });
  while (rungNo < NOT_RERANKED) {
    // Operators are answered meanwhile, and see it.
    const { status, body } = await ask<{ status: string }>(`${server.url}/stats/health`);
    expect([status, body.status]).toEqual([200, 'ok']);
    ({ rungNo } = await loadNow());
  }
  await Promise.all(asking);
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  const degraded = new Set(replies.flatMap(({ body }) => body.degraded));
  expect(degraded).toContain('rerank_shed');
  for (const { body } of replies) {
    expect(body.reranked).toBe(!body.degraded.includes('rerank_shed'));
    expect(body.hits.length).toBeGreaterThan(0);
  }
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toMatch(/^wp_chat_degradations_total\{reason="rerank_shed"\} [1-9]/m);
  expect(metrics).toMatch(/^wp_chat_degradation_rung\{rung="\w+"\} \d$/m);

  while ((await loadNow()).rungNo > 0) await turn();
  const { body } = await slow(asked);
  expect([body.reranked, body.degraded]).toEqual([true, []]);
});

it('who would not be answered in time is told at once, and others are answered', async () => {
  const before = Array.from({ length: 10 }, (_, n) => slow(1000 + n));
  const hurried = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      post<Problem>(
        `${server.url}/search`,
        { query: `hurried ${n}`, mode: 'dense' },
        {
          headers: { 'x-request-deadline-ms': '1' },
        },
      ),
    ),
  );
  for (const { status, body, headers } of hurried) {
    expect([503, 504]).toContain(status);
    if (status === 503) {
      expect(body.code).toBe('overloaded');
      expect(headers.get('retry-after')).toBe('1');
    }
  }
  for (const { status } of await Promise.all(before)) expect(status).toBe(200);
});
