/** The dashboard's own files and a stream of seeded snapshots, so that the page is tried in any weather. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { packageRoot } from '../../../engine/package-root.ts';
import { dashboardFiles, type PageFile } from '../../../ops/dashboard/index.ts';
import { type Scenario, START_MS, snapshotOf } from './scenarios.ts';
import { timelineOf } from './timelines.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const SHARED: readonly PageFile[] = ['theme.css', 'elements.js'].map((name) => ({
  path: `/assets/${name}`,
  file: join(packageRoot, 'server/pages', name),
  contentType: name.endsWith('css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
}));

export interface FeedServer {
  readonly url: string;
  /** Ranges of the timeline that were asked for. */
  readonly asked: string[];
  /** Pages that are listening. */
  listeners(): number;
  /** From now on. */
  show(scenario: Scenario): void;
  /** Sends so many further snapshots at once; between them lies a second each. */
  send(count: number): void;
  /** Any data, as a snapshot. */
  sendRaw(data: string): void;
  /** Ends all streams and refuses new ones with this status, or lets the connections hang without a word. */
  fail(how: number | 'hang' | 'none'): void;
  /** Refuses the timeline. */
  failTimeline(fails: boolean): void;
  /** Who answers what only operators may ask; until then there is nothing. */
  operate(desk: Desk): void;
  stop(): Promise<void>;
}

interface DeskAnswer {
  readonly status: number;
  readonly body: object;
}

export type Desk = (asked: {
  readonly method: string;
  /** Without a slash at its beginning. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Record<string, unknown>;
}) => DeskAnswer | Promise<DeskAnswer>;

/** Sends nothing by itself but the first snapshot to a page that comes. */
export async function startFeed(scenario: Scenario = 'calm'): Promise<FeedServer> {
  const files = new Map([...SHARED, ...dashboardFiles(packageRoot)].map((file) => [file.path, file]));
  const streams = new Set<ServerResponse>();
  const asked: string[] = [];
  let now = scenario;
  let step = 0;
  let failure: number | 'hang' | 'none' = 'none';
  let timelineFails = false;
  let desk: Desk = () => ({ status: 404, body: { code: 'not_found', detail: 'There is nothing' } });
  const message = (data: string): string => `event: snapshot\nid: ${step}\ndata: ${data}\n\n`;
  const current = (): string => message(JSON.stringify(snapshotOf(now, step)));

  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://feed');
    const file = files.get(url.pathname);
    if (file) {
      response.writeHead(200, {
        'content-type': file.contentType,
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
      });
      response.end(readFileSync(file.file));
    } else if (url.pathname === '/stats/timeline') {
      const range = url.searchParams.get('range')!;
      asked.push(range);
      if (timelineFails) return void response.writeHead(503).end();
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(timelineOf(now, range, START_MS + step * 1000)));
    } else if (url.pathname.startsWith('/admin/')) {
      void operated(desk, request, url.pathname, response);
    } else if (url.pathname === '/dashboard/events') {
      if (typeof failure === 'number') return void response.writeHead(failure).end();
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      response.flushHeaders();
      streams.add(response);
      response.on('close', () => streams.delete(response));
      if (failure === 'none') response.write(`retry: 200\n\n: heartbeat\n\n${current()}`);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const write = (text: string): void => {
    if (failure === 'none') for (const stream of streams) stream.write(text);
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    listeners: () => streams.size,
    show: (next) => {
      now = next;
    },
    send: (count) => {
      let text = '';
      for (let sent = 0; sent < count; sent++) {
        step++;
        text += current();
      }
      write(text);
    },
    sendRaw: (data) => write(message(data)),
    fail: (how) => {
      failure = how;
      if (typeof how === 'number') for (const stream of streams) stream.destroy();
    },
    failTimeline: (fails) => {
      timelineFails = fails;
    },
    operate: (next) => {
      desk = next;
    },
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

async function operated(desk: Desk, request: IncomingMessage, path: string, response: ServerResponse): Promise<void> {
  const text = (await request.setEncoding('utf8').toArray()).join('');
  const { method = '', headers } = request;
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  const answer = await desk({ method, path: path.slice(1), authorization: headers.authorization, body });
  response.writeHead(answer.status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(answer.body));
}
