import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { sha256 } from './support.ts';

/** What the hub does with one request; the default is to serve the file, ranges and all, packed for who asks. */
export type Behaviour =
  | { readonly kind: 'serve' }
  | { readonly kind: 'cut'; readonly afterBytes: number }
  | { readonly kind: 'ignoreRange' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'silence' }
  | { readonly kind: 'unbounded' };

export interface SeenRequest {
  readonly path: string;
  readonly range: string | null;
  readonly ifRange: string | null;
}

/** A real HTTP server on loopback with the paths of the hub. Behaviours are used up one a request, in order. */
export class Hub {
  readonly seen: SeenRequest[] = [];
  readonly files = new Map<string, Buffer>();
  #behaviours: Behaviour[] = [];
  #pendingCut: { readonly atBytes: number; cut(): void } | null = null;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** To be called with what the client has: a cut waits until the client holds what was sent before it. */
  clientHas(receivedBytes: number): void {
    if (this.#pendingCut?.atBytes !== receivedBytes) return;
    this.#pendingCut.cut();
    this.#pendingCut = null;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  next(...behaviours: Behaviour[]): void {
    this.#behaviours = behaviours;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const header = (name: string) => (request.headers[name] as string | undefined) ?? null;
    const path = request.url!;
    this.seen.push({ path, range: header('range'), ifRange: header('if-range') });
    const behaviour = this.#behaviours.shift() ?? { kind: 'serve' };
    const content = this.files.get(path);
    if (behaviour.kind === 'silence') return;
    if (behaviour.kind === 'redirect') {
      response.writeHead(302, { location: `${behaviour.to}${path}` }).end();
      return;
    }
    if (behaviour.kind === 'status' || content === undefined) {
      response.writeHead(behaviour.kind === 'status' ? behaviour.status : 404).end('no');
      return;
    }
    if (behaviour.kind === 'unbounded') {
      // No length is sent: only counting what arrives tells that it is too much.
      response.writeHead(200);
      for (let i = 0; i < 64; i++) response.write(Buffer.alloc(1024));
      response.end();
      return;
    }
    if (header('accept-encoding')?.includes('gzip')) {
      const packed = gzipSync(content);
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
      return;
    }
    const tag = `"${sha256(content).slice(0, 16)}"`;
    const ranged = behaviour.kind !== 'ignoreRange' && (header('if-range') ?? tag) === tag;
    const from = ranged ? Number(/^bytes=(\d+)-$/.exec(header('range') ?? '')?.[1] ?? 0) : 0;
    if (from >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const part = content.subarray(from);
    const range = from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { etag: tag, 'content-length': part.length, ...range });
    if (behaviour.kind !== 'cut') response.end(part);
    else {
      response.write(part.subarray(0, behaviour.afterBytes));
      this.#pendingCut = { atBytes: from + behaviour.afterBytes, cut: () => response.destroy() };
    }
  }
}
