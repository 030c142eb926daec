import { expect, it } from 'vitest';
import { type Answer, ask, type Problem, post } from '../../support/client.ts';
import { RawConnection } from '../../support/raw-http.ts';
import { sampleQueries } from '../../support/sample-queries.ts';
import { startSampleServer } from '../../support/server.ts';

const IN_FLIGHT = 20;

it('SIGTERM: what is in flight is answered, nothing new is let in, and the process ends with 0', async () => {
  const server = await startSampleServer({
    set: ['retrieval.rerank.depth=3', 'server.workers=1', 'server.deadlineMs=120000'],
  });
  // A connection that is kept open and asks nothing must not hold the process up.
  const idle = await RawConnection.open(server.port);
  const slow = sampleQueries
    .slice(0, IN_FLIGHT)
    .map((query) => post<Answer>(`${server.url}/search`, { query, topk: 3 }));
  for (let waiting = 0; waiting < IN_FLIGHT - 2; ) {
    const { body } = await ask<{ queriesWaiting: number; workersBusy: number }>(`${server.url}/stats/metrics`);
    waiting = body.queriesWaiting + body.workersBusy * (IN_FLIGHT - body.queriesWaiting);
  }
  const stopped = server.stop();
  const refused = await untilRefused(server.port);
  expect(refused).toBe('ECONNREFUSED');
  const replies = await Promise.all(slow);
  expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: IN_FLIGHT }, () => 200));
  expect(replies.every(({ body }) => body.reranked && body.hits.length === 3)).toBe(true);
  expect(await stopped).toBe(0);
  expect(server.said()).toBe('');
  idle.close();
});

/** Connects until nobody listens; the signal takes a moment to arrive. A connection that the kernel had let in when the
 *  listener closed is reset: the next is refused. */
async function untilRefused(port: number): Promise<string | undefined> {
  for (;;) {
    try {
      (await RawConnection.open(port)).close();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ECONNRESET') return code;
    }
  }
}

it('a drain that runs out of time ends with 1 and says so; what waits is refused, what runs is answered', async () => {
  const server = await startSampleServer({ set: ['server.drainMs=0', 'server.workers=1', 'retrieval.rerank.depth=6'] });
  const slow = sampleQueries.slice(0, 6).map((query) => post<Problem>(`${server.url}/search`, { query }));
  for (let waiting = 0; waiting === 0; ) {
    waiting = (await ask<{ queriesWaiting: number }>(`${server.url}/stats/metrics`)).body.queriesWaiting;
  }
  expect(await server.stop()).toBe(1);
  expect(server.said()).toContain('server.drainMs');
  const replies = await Promise.all(slow);
  expect(replies.map(({ status, body }) => (status === 200 ? 200 : body.code)).sort()).toEqual(
    replies.map((_, at) => (at === 0 ? 200 : 'draining')),
  );
});

it.each(['SIGINT', 'SIGTERM'] as const)('%s ends a server that has nothing to do with 0', async (signal) => {
  const server = await startSampleServer();
  server.child.kill(signal);
  expect(await server.exited).toBe(0);
});
