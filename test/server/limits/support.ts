/** Limits whose clock the test holds in its hands, before handlers that only count. */
import type { Clock } from '../../../engine/clock.ts';
import type { HttpAnswer, HttpRequest, Method, Route } from '../../../server/http.ts';
import { type IdentityOf, type Limits, openLimits } from '../../../server/limits/index.ts';
import { type LimitSettings, limitsSchema } from '../../../server/limits/settings.ts';

export class FakeClock implements Clock {
  #us = 5_000_000;

  nowUs(): number {
    return this.#us;
  }

  wallMs(): number {
    return Date.UTC(2026, 0, 1) + this.#us / 1000;
  }

  passS(seconds: number): void {
    this.#us += Math.round(seconds * 1e6);
  }
}

export interface Asking {
  readonly client?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: unknown;
}

export interface Told {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

export interface Desk {
  readonly clock: FakeClock;
  readonly limits: Limits;
  /** Requests that came through to a handler, by path. */
  readonly handled: Map<string, number>;
  ask(method: Method, path: string, asking?: Asking): Promise<Told>;
  /** Statuses of so many searches, one after the other. */
  searches(count: number, asking?: Asking): Promise<number[]>;
}

const ROUTES: readonly (readonly [Method, string])[] = [
  ['GET', '/search'],
  ['POST', '/search'],
  ['POST', '/search/batch'],
  ['POST', '/feedback'],
  ['GET', '/stats/health'],
  ['GET', '/stats/health/live'],
  ['GET', '/stats/health/ready'],
  ['GET', '/stats/metrics'],
  ['GET', '/metrics'],
  ['GET', '/dashboard'],
];

export const settingsOf = (settings: Record<string, unknown>): LimitSettings => limitsSchema.parse(settings);

export function openDesk(settings: Record<string, unknown> = {}, identityOf?: IdentityOf): Desk {
  const clock = new FakeClock();
  const handled = new Map<string, number>();
  const limits = openLimits({
    settings: settingsOf(settings),
    clock,
    bodyDepthMax: 16,
    batchQueriesMax: 100,
    ...(identityOf === undefined ? {} : { identityOf }),
  });
  const routes = ROUTES.map(([method, path]): Route => {
    const handle = async (): Promise<HttpAnswer> => {
      handled.set(path, (handled.get(path) ?? 0) + 1);
      return { status: 200, contentType: 'application/json', body: '{}', headers: [['x-own', '1']] };
    };
    return { method, path, handle };
  });
  const gated = limits.gate(routes);
  const ask: Desk['ask'] = async (method, path, { client = '203.0.113.7', headers = {}, query = '', body } = {}) => {
    const route = gated.find((one) => one.method === method && one.path === path);
    if (route === undefined) throw new Error(`No such route: ${method} ${path}`);
    const request: HttpRequest = {
      method,
      path,
      query,
      client,
      headers: new Map(Object.entries(headers)),
      body: body === undefined ? new Uint8Array(0) : Buffer.from(JSON.stringify(body)),
    };
    const answer = limits.door.admit?.(request) ?? (await route.handle(request));
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers ?? []),
      body: JSON.parse(String(answer.body)) as Record<string, unknown>,
    };
  };
  const searches: Desk['searches'] = async (count, asking) => {
    const statuses: number[] = [];
    for (let at = 0; at < count; at++) statuses.push((await ask('GET', '/search', asking)).status);
    return statuses;
  };
  return { clock, limits, handled, ask, searches };
}

export const count = (statuses: readonly number[], status: number): number =>
  statuses.filter((one) => one === status).length;
