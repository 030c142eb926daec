/** Which address answers on which port? With a port of their own, operators' addresses answer only there. */
import { isOperators, isSearch } from './auth/index.ts';
import type { Config } from './config/index.ts';
import { crossOriginOf } from './cors.ts';
import { type HttpServer, type HttpSettings, listen, type Route } from './http.ts';

/** The addresses that a configuration listens on. */
export const hostsOf = ({ server: { host, admin } }: Config): string[] =>
  admin.port === 0 ? [host] : [host, admin.host];

/** @throws EngineError internal where a port cannot be had; then none is held */
export async function listenAll(
  { server }: Config,
  settings: Pick<HttpSettings, 'admit' | 'callerOf' | 'clock' | 'connections' | 'record' | 'refuse' | 'routes'>,
): Promise<HttpServer> {
  const { routes } = settings;
  const apart = server.admin.port !== 0;
  const shared = crossOriginOf(server.cors);
  const crossOrigin = (route: Route): typeof shared => (isSearch(route) ? shared : null);
  const on = (part: readonly Route[], { host, port }: { host: string; port: number }): Promise<HttpServer> =>
    listen({ ...server, ...settings, host, port, crossOrigin, routes: part });
  const front = await on(apart ? routes.filter((route) => !isOperators(route)) : routes, server);
  if (!apart) return front;
  try {
    const back = await on(
      routes.filter((route) => !isSearch(route)),
      server.admin,
    );
    return {
      port: front.port,
      drain: async (drainMs) => {
        const drained = await Promise.all([front.drain(drainMs), back.drain(drainMs)]);
        return drained.every((done) => done);
      },
    };
  } catch (error) {
    await front.drain(0);
    throw error;
  }
}
