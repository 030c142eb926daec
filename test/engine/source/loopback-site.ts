/** A site on loopback whose every answer the test decides, for what no decent server does. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LoopbackSite {
  readonly origin: string;
  readonly port: number;
  /** Path and query of each request so far, with its headers. */
  readonly requests: { readonly url: URL; readonly headers: IncomingMessage['headers'] }[];
  stop(): Promise<void>;
}

export type Answer = (request: { url: URL; headers: IncomingMessage['headers'] }, response: ServerResponse) => void;

export async function startSite(answer: Answer): Promise<LoopbackSite> {
  const requests: LoopbackSite['requests'] = [];
  const server = createServer((message, response) => {
    const request = { url: new URL(message.url ?? '/', 'http://loopback.invalid'), headers: message.headers };
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    requests,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

export function json(
  response: ServerResponse,
  value: unknown,
  headers: Record<string, string> = {},
  status = 200,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

export interface FakePost {
  readonly id: number;
  readonly modified?: string;
  readonly protected?: boolean;
  readonly title?: string;
}

/** A post as `/wp/v2/posts` shows it. */
export function restPost(post: FakePost): Record<string, unknown> {
  return {
    id: post.id,
    date_gmt: '2024-01-01T00:00:00',
    modified_gmt: post.modified ?? '2024-01-01T00:00:00',
    status: 'publish',
    type: 'post',
    link: `https://site.example/?p=${post.id}`,
    title: { rendered: post.title ?? `Post ${post.id}` },
    content: { rendered: `<p>Body ${post.id}</p>`, protected: post.protected ?? false },
  };
}

/** Answers like the posts route of WordPress: paging, `include`, `modified_after`, totals. `posts` is read each time. */
export function answerPosts(url: URL, response: ServerResponse, posts: readonly FakePost[]): void {
  const after = url.searchParams.get('modified_after');
  const include = url.searchParams.get('include')?.split(',');
  const matching = posts
    .filter((post) => include === undefined || include.includes(String(post.id)))
    .filter((post) => after === null || Date.parse(`${restPost(post)['modified_gmt']}Z`) > Date.parse(after))
    .sort((a, b) => a.id - b.id);
  const perPage = Number(url.searchParams.get('per_page'));
  const page = Number(url.searchParams.get('page') ?? 1);
  const pages = Math.ceil(matching.length / perPage);
  if (page > 1 && page > pages) {
    json(response, { code: 'rest_post_invalid_page_number', message: 'No such page.' }, {}, 400);
    return;
  }
  const rows = matching.slice((page - 1) * perPage, page * perPage).map(restPost);
  json(response, rows, { 'x-wp-total': String(matching.length), 'x-wp-totalpages': String(pages) });
}

/** The parts of a WordPress that every crawl asks for first; `posts` answers the rest. */
export function wordpressAnswer(posts: Answer): Answer {
  return (request, response) => {
    const { pathname } = request.url;
    if (pathname === '/') {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><html lang="en-GB"><title>Site</title>');
    } else if (pathname === '/wp-json/') json(response, { namespaces: ['wp/v2'] });
    else if (pathname === '/wp-json/wp/v2/posts') posts(request, response);
    else json(response, { code: 'rest_no_route', message: 'No route was found.' }, {}, 404);
  };
}
