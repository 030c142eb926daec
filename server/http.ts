/**
 * The one door to uWebSockets.js: bytes in, bytes out.
 *
 * A request is copied before anything can wait, since uWebSockets.js takes it back when its handler returns. An answer is
 * corked, and dropped where the client has left. Bodies are capped while they come in.
 */
import type { HttpRequest as UwsRequest, HttpResponse as UwsResponse, us_listen_socket } from 'uwebsockets-portable';
import { EngineError } from '../engine/errors.ts';
import { loadUws } from './uws.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
/** What `Allow` may say: HEAD goes wherever GET does. */
export type AllowedMethod = Method | 'HEAD';

/** Everything a handler may look at; its own copy. */
export interface HttpRequest {
  readonly method: Method;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Lower-case names; only those of {@link HEADERS_READ}. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  readonly remoteAddress: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly headers?: readonly (readonly [string, string])[];
}

export interface Route {
  readonly method: Method;
  /** A literal path. */
  readonly path: string;
  readonly handle: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;
}

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  readonly bodyBytesMax: number;
  readonly routes: readonly Route[];
  /** Answers what no route takes: unknown paths, wrong methods, too large bodies, and handlers that throw. */
  readonly refuse: (refusal: Refusal, request: Pick<HttpRequest, 'headers'>) => HttpAnswer;
}

export type Refusal =
  | { readonly kind: 'not_found'; readonly path: string }
  | { readonly kind: 'method_not_allowed'; readonly allowed: readonly AllowedMethod[] }
  | { readonly kind: 'body_too_large'; readonly bytesMax: number }
  | { readonly kind: 'internal'; readonly error: unknown };

export interface HttpServer {
  readonly port: number;
  /** Requests whose answer is not out yet. */
  readonly inFlight: number;
  /** Stops accepting, lets requests in flight finish for at most `drainMs`, closing each connection behind its answer. Says whether all did. */
  drain(drainMs: number): Promise<boolean>;
}

const HEADERS_READ = [
  'accept',
  'content-type',
  'content-length',
  'x-request-id',
  'x-request-deadline-ms',
  'if-none-match',
] as const;

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  304: 'Not Modified',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** LIBUS_LISTEN_EXCLUSIVE_PORT: without it two processes may share a port, each taking some of the connections. */
const LISTEN_EXCLUSIVE_PORT = 1;

const NO_BODY = new Uint8Array(0);
const decoder = new TextDecoder();

/** @throws EngineError internal where the port cannot be had */
export function listen(settings: HttpSettings): Promise<HttpServer> {
  const { uws } = loadUws();
  const app = uws.App();
  const state = { inFlight: 0, draining: false, onIdle: null as (() => void) | null };

  const answer = (
    response: UwsResponse,
    head: boolean,
    { status, contentType, body, headers = [] }: HttpAnswer,
  ): void => {
    response.cork(() => {
      response.writeStatus(`${status} ${REASONS[status] ?? 'Unknown'}`);
      response.writeHeader('content-type', contentType);
      for (const [name, value] of headers) response.writeHeader(name, value);
      if (!head) response.end(body, state.draining);
      else if (state.draining) response.endWithoutBody(Buffer.byteLength(body), true);
      else {
        // Told the length, endWithoutBody() of the older build never counts the answer as done and drops the connection.
        response.writeHeader('content-length', String(Buffer.byteLength(body)));
        response.endWithoutBody();
      }
    });
  };

  const serve =
    (route: Route, method: Method) =>
    (response: UwsResponse, request: UwsRequest): void => {
      const head = request.getMethod() === 'head';
      const headers = new Map<string, string>();
      for (const name of HEADERS_READ) {
        const value = request.getHeader(name);
        if (value !== '') headers.set(name, value);
      }
      const copied = { method, path: request.getUrl(), query: request.getQuery() ?? '', headers };
      const remoteAddress = decoder.decode(response.getRemoteAddressAsText());
      let gone = false;
      let waiting = true;
      state.inFlight += 1;
      const settle = (): void => {
        if (!waiting) return;
        waiting = false;
        state.inFlight -= 1;
        if (state.inFlight === 0) state.onIdle?.();
      };
      response.onAborted(() => {
        gone = true;
        settle();
      });
      const finish = (out: HttpAnswer): void => {
        if (!gone) answer(response, head, out);
        gone = true;
        settle();
      };
      const run = (body: Uint8Array): void => {
        try {
          const out = route.handle({ ...copied, body, remoteAddress });
          if (out instanceof Promise)
            out.then(finish, (error: unknown) => finish(settings.refuse({ kind: 'internal', error }, copied)));
          else finish(out);
        } catch (error) {
          finish(settings.refuse({ kind: 'internal', error }, copied));
        }
      };
      if (method === 'GET') run(NO_BODY);
      else
        collect(response, settings.bodyBytesMax, run, () =>
          finish(settings.refuse({ kind: 'body_too_large', bytesMax: settings.bodyBytesMax }, copied)),
        );
    };

  mount(app, settings, serve);
  return new Promise((resolve, reject) => {
    const listening = (socket: us_listen_socket | false): void => {
      if (!socket) {
        reject(portTaken(settings));
        return;
      }
      resolve({
        port: uws.us_socket_local_port(socket),
        get inFlight() {
          return state.inFlight;
        },
        drain: async (drainMs) => {
          state.draining = true;
          uws.us_listen_socket_close(socket);
          return idle(state, drainMs);
        },
      });
    };
    // The types do not know this form.
    const { host, port } = settings;
    (app.listen as unknown as ListenExclusively).call(app, host, port, LISTEN_EXCLUSIVE_PORT, listening);
  });
}

type ListenExclusively = (
  host: string,
  port: number,
  options: number,
  listening: (socket: us_listen_socket | false) => void,
) => void;

type Serve = (route: Route, method: Method) => (response: UwsResponse, request: UwsRequest) => void;

function mount(
  app: ReturnType<ReturnType<typeof loadUws>['uws']['App']>,
  { routes, refuse }: HttpSettings,
  serve: Serve,
): void {
  for (const route of routes) {
    const handler = serve(route, route.method);
    if (route.method === 'GET') app.get(route.path, handler).head(route.path, handler);
    else if (route.method === 'POST') app.post(route.path, handler);
    else if (route.method === 'PUT') app.put(route.path, handler);
    else app.del(route.path, handler);
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const allowed = routes
      .filter((route) => route.path === path)
      .flatMap(({ method }): AllowedMethod[] => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    const handle = (request: HttpRequest): HttpAnswer => refuse({ kind: 'method_not_allowed', allowed }, request);
    app.any(path, serve({ method: 'GET', path, handle }, 'GET'));
  }
  const nothing = (request: HttpRequest): HttpAnswer => refuse({ kind: 'not_found', path: request.path }, request);
  app.any('/*', serve({ method: 'GET', path: '/*', handle: nothing }, 'GET'));
}

/** Gathers a body of at most `bytesMax`; one that is longer is refused as soon as it is. */
function collect(
  response: UwsResponse,
  bytesMax: number,
  whole: (body: Uint8Array) => void,
  tooLarge: () => void,
): void {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  let refused = false;
  response.onData((chunk, isLast) => {
    if (refused) return;
    bytes += chunk.byteLength;
    if (bytes > bytesMax) {
      refused = true;
      parts = [];
      tooLarge();
      return;
    }
    // The chunk is only lent until this callback returns.
    parts.push(new Uint8Array(chunk.slice(0)));
    if (isLast) whole(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  });
}

function idle(state: { inFlight: number; onIdle: (() => void) | null }, drainMs: number): Promise<boolean> {
  if (state.inFlight === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), drainMs);
    state.onIdle = () => {
      clearTimeout(timer);
      // The last answer is handed to the kernel before the sockets are closed.
      setImmediate(() => resolve(true));
    };
  });
}

const portTaken = ({ host, port }: HttpSettings): EngineError =>
  new EngineError('internal', `Cannot listen: the address is taken or not allowed: ${host}:${port}`, {
    field: 'server.port',
    value: port,
    remedy: 'Stop what listens there, or choose another port: PORT=8081 or --set server.port=8081',
  });
