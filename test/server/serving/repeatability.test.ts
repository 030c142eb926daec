import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lasting, search } from '../../support/client.ts';
import { sampleQueries } from '../../support/sample-queries.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';

/** Nothing may be dropped for want of time on a busy machine. */
const LIMITS = ['server.deadlineMs=120000', 'retrieval.rerank.depth=4'];

let single: ServerProcess;
let threefold: ServerProcess;
beforeAll(async () => {
  [single, threefold] = await Promise.all([
    startSampleServer({ set: ['server.workers=1', ...LIMITS] }),
    startSampleServer({ set: ['server.workers=3', ...LIMITS] }),
  ]);
});
afterAll(() => Promise.all([single.stop(), threefold.stop()]));

const BODIES = [
  ...sampleQueries.map((query, at) => ({
    query,
    mode: ['hybrid', 'bm25', 'dense'][at % 3],
    rerank: false,
    topk: 20,
    collapse: at % 2 === 0 ? 'post' : 'passage',
    explain: true,
    facets: ['tag'],
    mmr: at % 5 === 0,
  })),
  ...sampleQueries.slice(0, 3).map((query) => ({ query, explain: true })),
];

const bytesOf = async (server: ServerProcess, body: Record<string, unknown>): Promise<string> =>
  JSON.stringify(lasting(await search(server.url, body)));

describe('one request', () => {
  it('is answered with the same bytes again, under load, and by any number of workers', async () => {
    const alone: string[] = [];
    for (const body of BODIES) alone.push(await bytesOf(single, body));
    for (const server of [single, threefold]) {
      const rounds = Array.from({ length: 2 }, () => Promise.all(BODIES.map((body) => bytesOf(server, body))));
      for (const round of await Promise.all(rounds)) expect(round).toEqual(alone);
    }
  });
});
