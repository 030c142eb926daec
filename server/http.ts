/**
 * The one door to uWebSockets.js: bytes in, bytes out.
 *
 * A request is copied before anything can wait, since uWebSockets.js takes it back when its handler returns. An answer is
 * corked, and dropped where the client has left. Bodies are capped while they come in.
 */
import type { HttpRequest as UwsRequest, HttpResponse as UwsResponse, us_listen_socket } from 'uwebsockets-portable';
import { EngineError } from '../engine/errors.ts';
import { addressOf, exchange } from './http-exchange.ts';
import { safetyHeaders } from './http-headers.ts';
import { Load } from './http-load.ts';
import type { AllowedMethod, CrossOrigin, HttpAnswer, HttpRequest, HttpSettings, Route } from './http-types.ts';
import { loadUws } from './uws.ts';

export type {
  Admitted,
  AllowedMethod,
  Handle,
  HttpAnswer,
  HttpRequest,
  HttpSettings,
  LentRequest,
  Method,
  ReadyAnswer,
  Refusal,
  RefusedRequest,
  RequestHead,
  Route,
  Served,
} from './http-types.ts';
export { NOT_SERVED } from './http-types.ts';

export interface HttpServer {
  readonly port: number;
  /** Stops accepting, lets requests in flight finish for at most `drainMs`, closing each connection behind its answer. Says whether all did. */
  drain(drainMs: number): Promise<boolean>;
}

/** LIBUS_LISTEN_EXCLUSIVE_PORT: without it two processes may share a port, each taking some of the connections. */
const LISTEN_EXCLUSIVE_PORT = 1;

/** @throws EngineError internal where the port cannot be had */
export function listen(settings: HttpSettings): Promise<HttpServer> {
  const { uws } = loadUws();
  const { certFile, keyFile } = settings.tls;
  const app = certFile === '' ? uws.App() : uws.SSLApp({ cert_file_name: certFile, key_file_name: keyFile });
  const load = new Load();
  mount(app, settings, load);
  const { census, watch, idleSeconds } = settings.connections;
  const { filter, setIdleTimeout, setResponseTimeout } = app as App & Partial<NewerApp>;
  setIdleTimeout?.call(app, idleSeconds);
  setResponseTimeout?.call(app, idleSeconds);
  filter?.call(app, (response, change) => {
    if (change < 0) census.went();
    else if (!census.comes(addressOf(response))) response.close();
  });
  return new Promise((resolve, reject) => {
    const listening = (socket: us_listen_socket | false): void => {
      if (!socket) {
        reject(portTaken(settings));
        return;
      }
      if (filter !== undefined) watch(uws.us_socket_local_port(socket));
      resolve({
        port: uws.us_socket_local_port(socket),
        drain: (drainMs) => {
          uws.us_listen_socket_close(socket);
          return load.drain(drainMs);
        },
      });
    };
    // The types do not know this form.
    const { host, port } = settings;
    (app.listen as unknown as ListenExclusively).call(app, host, port, LISTEN_EXCLUSIVE_PORT, listening);
  });
}

/** What the newer build has; the older one closes after ten idle seconds, and tells nobody who comes and goes. */
interface NewerApp {
  filter(changed: (response: UwsResponse, change: number) => void): void;
  setIdleTimeout(seconds: number): void;
  setResponseTimeout(seconds: number): void;
}

type ListenExclusively = (
  host: string,
  port: number,
  options: number,
  listening: (socket: us_listen_socket | false) => void,
) => void;

type App = ReturnType<ReturnType<typeof loadUws>['uws']['App']>;

/** What uWebSockets.js calls them. */
const MOUNTS = { POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'del' } as const;

function mount(app: App, settings: HttpSettings, load: Load): void {
  const { routes, refuse, crossOrigin: crossOriginOf } = settings;
  const safety = safetyHeaders(settings.tls.certFile !== '');
  const plain = { shared: [], safety, connections: settings.connections };
  const serve = (route: Route, crossOrigin = crossOriginOf(route)) => {
    const passage = { route, settings, load, plain, crossOrigin };
    return (response: UwsResponse, request: UwsRequest): void => exchange(passage, response, request);
  };
  for (const route of routes) {
    const { ready: _, ...plain } = route;
    if (route.method === 'GET') app.get(route.path, serve(route)).head(route.path, serve(plain));
    else app[MOUNTS[route.method]](route.path, serve(route));
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const allowed = routes
      .filter((route) => route.path === path)
      .flatMap(({ method }): AllowedMethod[] => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    const handle = (request: HttpRequest): HttpAnswer => refuse({ kind: 'method_not_allowed', allowed }, request);
    const crossOrigin = routes.filter((route) => route.path === path).map(crossOriginOf)[0] ?? null;
    if (crossOrigin !== null) app.options(path, serve(preflight(path, allowed, crossOrigin, handle), null));
    app.any(path, serve({ method: 'GET', path, handle }, crossOrigin));
  }
  const nothing = (request: HttpRequest): HttpAnswer => refuse({ kind: 'not_found', path: request.path }, request);
  app.any('/*', serve({ method: 'GET', path: '/*', endpoint: 'other', handle: nothing }, null));
}

/** A browser asks whether a page of another site may ask; who is none, or may not, hears what any wrong method hears. */
function preflight(
  path: string,
  allowed: readonly AllowedMethod[],
  crossOrigin: CrossOrigin,
  otherwise: (request: HttpRequest) => HttpAnswer,
): Route {
  const handle = (request: HttpRequest): HttpAnswer => {
    const asked = request.headers.has('access-control-request-method');
    const headers = asked ? crossOrigin.allow(request.headers.get('origin') ?? '', allowed) : null;
    return headers === null ? otherwise(request) : { status: 204, contentType: '', body: '', headers };
  };
  return { method: 'GET', path, headersRead: ['access-control-request-method', 'origin'], handle };
}

const portTaken = ({ host, port }: HttpSettings): EngineError =>
  new EngineError('internal', `Cannot listen: the address is taken or not allowed: ${host}:${port}`, {
    field: 'server.port',
    value: port,
    remedy: 'Stop what listens there, or choose another port: PORT=8081 or --set server.port=8081',
  });
