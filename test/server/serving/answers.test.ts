import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerSchema, batchAnswerSchema, problemSchema } from '../../../server/wire/index.ts';
import {
  type Answer,
  ask,
  type BatchAnswer,
  type Format,
  lasting,
  type Problem,
  post,
  search,
} from '../../support/client.ts';
import { sampleQueries } from '../../support/sample-queries.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer();
});
afterAll(() => server.stop());

const FORMATS: readonly Format[] = ['json', 'msgpack'];
const UNUSUAL = [
  'the of and',
  'zzzqqqxxx',
  '<script>alert(1)</script> & "quotes"',
  '🔒',
  'ＷＰ－ＣＬＩ',
  'a'.repeat(1000),
  '\u0000\ud800',
];

describe('answers', () => {
  it.each(['hybrid', 'dense', 'bm25'])('have the promised shape for every sample query, in mode %s', async (mode) => {
    for (const query of [...sampleQueries, ...UNUSUAL]) {
      const answer = await search(server.url, {
        query,
        mode,
        rerank: false,
        topk: 5,
        explain: true,
        facets: ['tag', 'type'],
      });
      expect(answerSchema.safeParse(answer).error, query).toBeUndefined();
      // Half a character is none.
      expect(answer.query).toBe(query.replace('\ud800', '\ufffd'));
      expect(answer.reranked).toBe(false);
      expect(answer.hits.length).toBe(Math.min(5, answer.total));
      expect(answer.hits.map(({ rank }) => rank)).toEqual(answer.hits.map((_, at) => at + 1));
    }
  });

  it('are reranked by default, and say by which models', async () => {
    for (const query of sampleQueries.slice(0, 4)) {
      const answer = await search(server.url, { query, explain: true });
      expect(answerSchema.safeParse(answer).error).toBeUndefined();
      expect(answer).toMatchObject({ mode: 'hybrid', reranked: true, degraded: [] });
      expect(answer.model).toEqual({ embedder: 'all-minilm-l6-v2', reranker: 'wp-chat-rerank-en' });
      expect(answer.hits.every(({ scores }) => scores.rerank !== null)).toBe(true);
    }
  });

  it('are of one generation, which health names too', async () => {
    const { body } = await ask<{ generation: string; status: string }>(`${server.url}/stats/health`);
    const { generation } = await search(server.url, { q: 'redis', mode: 'bm25', rerank: false });
    expect(body).toMatchObject({ status: 'ok', generation });
  });
});

describe('formats', () => {
  const body = {
    q: 'restore a backup',
    mode: 'bm25',
    rerank: false,
    topk: 7,
    filters: { category: ['Maintenance', 'Hosting'], date_from: '2023-01-01' },
    facets: ['category', 'author'],
    explain: true,
  };
  const query =
    'q=restore+a+backup&mode=bm25&rerank=false&topk=7&category=Maintenance&category=Hosting&date_from=2023-01-01&facets=category,author&explain=true';

  it('GET, JSON and MessagePack ask the same and are answered the same', async () => {
    const expected = lasting(await search(server.url, body));
    expect(expected.hits.length).toBeGreaterThan(0);
    for (const accept of FORMATS) {
      const got = await ask<Answer>(`${server.url}/search?${query}`, { headers: { accept: `application/${accept}` } });
      expect(lasting(got.body)).toEqual(expected);
      for (const send of FORMATS) {
        const { status, headers, body: answer } = await post(`${server.url}/search`, body, { send, accept });
        expect([status, headers.get('content-type')]).toEqual([
          200,
          accept === 'json' ? 'application/json; charset=utf-8' : 'application/msgpack',
        ]);
        expect(lasting(answer)).toEqual(expected);
      }
    }
  });

  it.each(FORMATS)('a refusal is told in %s too, with the same members', async (accept) => {
    const { status, body: problem } = await post<Problem>(`${server.url}/search`, { q: '', topk: 0 }, { accept });
    expect(status).toBe(400);
    expect(problemSchema.safeParse(problem).error).toBeUndefined();
    expect(problem).toMatchObject({ status: 400, code: 'request_invalid' });
    expect(problem.errors!.map(({ field }) => field).sort()).toEqual(['q', 'topk']);
  });
});

describe('a batch', () => {
  const queries = sampleQueries.slice(0, 12).map((query, at) => ({
    query,
    mode: ['hybrid', 'dense', 'bm25'][at % 3],
    rerank: false,
    topk: 3,
  }));

  it.each(FORMATS)('answers as the single searches do, in order, in %s', async (format) => {
    const { status, body } = await post<BatchAnswer>(
      `${server.url}/search/batch`,
      { queries },
      { send: format, accept: format },
    );
    expect(status).toBe(200);
    expect(batchAnswerSchema.safeParse(body).error).toBeUndefined();
    for (const [at, query] of queries.entries()) {
      expect(lasting(body.results[at] as Answer)).toEqual(lasting(await search(server.url, query)));
    }
  });

  it('a query that is wrong fails alone, with a request id of its own', async () => {
    const mixed = [queries[0], { query: '' }, 5, queries[1], { q: 'a', nonesuch: 1 }, null];
    const headers = { 'x-request-id': 'batch-7' };
    const { status, body } = await post<BatchAnswer>(`${server.url}/search/batch`, { queries: mixed }, { headers });
    expect(status).toBe(200);
    expect(batchAnswerSchema.safeParse(body).error).toBeUndefined();
    expect(body.results.map((result) => ('code' in result ? result.code : 'hits'))).toEqual([
      'hits',
      'request_invalid',
      'request_invalid',
      'hits',
      'request_invalid',
      'request_invalid',
    ]);
    expect(body.results.map(({ requestId }) => requestId)).toEqual(mixed.map((_, at) => `batch-7.${at}`));
  });

  it.each([
    ['no list', {}],
    ['an empty list', { queries: [] }],
    ['too many', { queries: Array.from({ length: 101 }, () => ({ q: 'a' })) }],
    ['another field', { queries: [{ q: 'a' }], mode: 'bm25' }],
    ['a list alone', [{ q: 'a' }]],
  ])('is refused as a whole with %s', async (_, wrong) => {
    const { status, body } = await post<Problem>(`${server.url}/search/batch`, wrong);
    expect([status, body.code]).toEqual([400, 'request_invalid']);
    expect(problemSchema.safeParse(body).error).toBeUndefined();
  });
});

describe('languages that the models do not speak', () => {
  it.each(['Wie stelle ich eine Sicherung meiner Webseite wieder her', 'データベースのバックアップを復元する方法'])(
    'are answered by words alone, and the answer says so: %s',
    async (query) => {
      const answer = await search(server.url, { query });
      expect(answer.mode).toBe('bm25');
      expect(answer.degraded).toEqual(['dense_language', 'rerank_language']);
      expect(answer).toMatchObject({ reranked: false, model: { embedder: null, reranker: null } });
      expect(answer.hits.length).toBeGreaterThan(0);
    },
  );
});
