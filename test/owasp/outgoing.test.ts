/** OWASP API Security Top 10 (2023), 7 and 10: where can it be sent, and whom does it believe? The crawl of a source is all that it asks of others. */
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../engine/errors.ts';
import { openSource } from '../../engine/source/index.ts';
import { loadConfig } from '../../server/config/index.ts';
import { indexSource } from '../../server/index-source.ts';
import {
  type Answer,
  answerPosts,
  type LoopbackSite,
  startSite,
  wordpressAnswer,
} from '../engine/source/loopback-site.ts';
import { runCli } from '../support/cli.ts';
import { scratchFolder } from '../support/scratch.ts';
import { type ServerProcess, startSampleServer } from '../support/server.ts';

/** Limits as an operator may set them, so that a hostile site is not waited for. */
const SHORT = [
  'source.retriesMax=0',
  'source.requestTimeoutMs=2000',
  'source.bodyBytesMax=65536',
  'models.embedder=none',
];
const SET = [...SHORT, 'models.reranker=none', 'source.requestsPerSecond=100'];
const fresh = (): string => join(scratchFolder(), 'index');

interface Crawled {
  readonly into: string;
  /** Null where it went well. */
  readonly fault: { readonly code: string; readonly detail: string } | null;
}

/** What `wp-chat index` does, without a process of its own. */
async function crawl(from: string): Promise<Crawled> {
  const into = fresh();
  const { config } = loadConfig({ file: null, environment: {}, flags: [...SET, `index.directory=${into}`] });
  try {
    const source = openSource(from, { types: ['post'], limits: config.source });
    const { signal } = new AbortController();
    await indexSource({ config, source, replace: false, signal, onSource: () => {}, onBuild: () => {} });
    return { into, fault: null };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { into, fault: { code: error.code, detail: error.message } };
  }
}

/** The command itself. */
async function indexed(from: string) {
  const into = fresh();
  const set = SET.flatMap((one) => ['--set', one]);
  const { code, out, err } = await runCli([
    'index',
    '--json',
    '--from',
    from,
    '--into',
    into,
    '--types',
    'post',
    ...set,
  ]);
  return { code, out, err, into };
}

const sites: LoopbackSite[] = [];
const site = async (answer: Answer): Promise<LoopbackSite> => {
  const started = await startSite(answer);
  sites.push(started);
  return started;
};
afterEach(async () => {
  for (const one of sites.splice(0)) await one.stop();
});

describe('API7 server side request forgery: nobody but the operator says where it goes, and nobody leads it inside', () => {
  it.each([
    ['http://169.254.169.254/latest/meta-data/'],
    ['http://[::ffff:127.0.0.1]/'],
    ['http://[64:ff9b::7f00:1]/'],
    ['http://2852039166/'],
    ['http://localhost.localdomain.invalid@10.0.0.1/'],
    ['http://user:secret@127.0.0.1/'],
  ])('%s is not asked', async (from) => {
    const { fault } = await crawl(from);
    expect(fault).toMatchObject({ code: 'source_refused', detail: expect.not.stringContaining('secret') });
  });

  it('the command ends with 5, and shows nothing of a password', async () => {
    const { code, out, err } = await indexed('http://user:secret@127.0.0.1/');
    expect([code, out, (JSON.parse(err) as { code: string }).code]).toEqual([5, '', 'source_refused']);
    expect(err).not.toContain('secret');
  });

  it.each([
    ['to the metadata of a cloud', 'http://169.254.169.254/latest/'],
    ['to a private network', 'http://10.0.0.1/'],
    ['to another scheme', 'file:///etc/passwd'],
    ['to a host of this machine in disguise', 'http://[::ffff:7f00:1]/'],
  ])('a redirect %s is not followed', async (_, location) => {
    const here = await site((_request, response) => response.writeHead(302, { location }).end());
    const { fault } = await crawl(here.origin);
    expect(fault).toMatchObject({ code: 'source_refused' });
    expect(here.requests.length).toBe(1);
  });

  describe('of a running server', () => {
    let server: ServerProcess;
    beforeAll(async () => {
      server = await startSampleServer();
    });
    afterAll(() => server.stop());

    it('no request makes it ask anybody anything', async () => {
      let asked = 0;
      const listening = createServer((socket) => {
        asked += 1;
        socket.destroy();
      });
      await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
      const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/x`;
      const wanted = encodeURIComponent(url);
      for (const path of [
        `/search?q=${wanted}&mode=bm25&rerank=false`,
        `/search?url=${wanted}`,
        `/docs?url=${wanted}`,
        `/${url}`,
        `/stats/histograms?from=${wanted}`,
      ])
        await (
          await fetch(server.url + path, {
            headers: { referer: url, 'x-forwarded-host': url, forwarded: `host="${url}"` },
          })
        ).text();
      for (const path of ['/admin/cache/clear', '/admin/rate-limit/block'])
        await (
          await fetch(server.url + path, {
            method: 'POST',
            body: JSON.stringify({ url, address: url, webhook: url }),
            headers: { 'content-type': 'application/json' },
          })
        ).text();
      listening.close();
      expect(asked).toBe(0);
    });
  });
});

describe('API10 unsafe consumption of APIs: a WordPress is believed no further than a stranger', () => {
  const REFUSED: readonly [string, Answer][] = [
    [
      'answers with more than may be',
      wordpressAnswer((_request, response) => response.end(`[${' '.repeat(200_000)}]`)),
    ],
    [
      'hides more than may be in few bytes',
      wordpressAnswer((_request, response) => {
        response
          .writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' })
          .end(gzipSync(`[${' '.repeat(10_000_000)}]`));
      }),
    ],
    ['answers with garbage', wordpressAnswer((_request, response) => response.end('\u0000<b>Warning</b> [{"id":1}]'))],
    [
      'answers with another shape',
      wordpressAnswer((_request, response) => response.end('{"id":1,"__proto__":{"admin":true}}')),
    ],
    ['nests without end', wordpressAnswer((_request, response) => response.end('['.repeat(60_000)))],
    ['leads in a circle', (_request, response) => void response.writeHead(302, { location: '/again' }).end()],
    ['never ends its answer', wordpressAnswer((_request, response) => void response.writeHead(200).write('['))],
    [
      'cuts its answer',
      wordpressAnswer((_request, response) => {
        response.writeHead(200, { 'content-length': '5000' });
        response.write('[');
        response.destroy();
      }),
    ],
  ];
  it.each(REFUSED)('one that %s is refused, with no index left behind', async (_, answer) => {
    const here = await site(answer);
    const { fault, into } = await crawl(here.origin);
    expect(fault?.code).toMatch(/^source_/);
    expect(here.requests.length).toBeLessThan(20);
    expect(existsSync(join(into, 'CURRENT'))).toBe(false);
  });

  it('what its posts say is text: marked up for nobody, and no script', async () => {
    const title = '<img src=x onerror=alert(1)>Kestrel</img>';
    const here = await site(wordpressAnswer(({ url }, response) => answerPosts(url, response, [{ id: 1, title }])));
    const { out: told, into } = await indexed(here.origin);
    expect(JSON.parse(told)).toMatchObject({ counts: { posts: 1 } });
    const { out } = await runCli([
      'search',
      'kestrel',
      '--local',
      '--json',
      '--mode',
      'bm25',
      '--no-rerank',
      '--set',
      `index.directory=${into}`,
      '--set',
      'models.embedder=none',
    ]);
    const { hits } = JSON.parse(out) as { hits: { title: string; snippet: string; url: string }[] };
    expect(hits).toHaveLength(1);
    expect(hits[0]!.snippet.replaceAll(/<\/?mark>/g, '')).not.toMatch(/[<>]/);
    expect(hits[0]!.title).not.toContain('onerror');
    expect(hits[0]!.url).toMatch(/^https?:/);
  });
});
