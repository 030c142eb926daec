/** A request as the door hands it on, and all that judges it, on a clock that tests move. */
import { Attempts } from '../../../server/auth/attempts.ts';
import { type Decision, judgeRequest } from '../../../server/auth/judge-request.ts';
import { freshKey } from '../../../server/auth/key.ts';
import type { KeyRecord } from '../../../server/auth/key-record.ts';
import { KeyRing } from '../../../server/auth/key-ring.ts';
import { type Area, needOf } from '../../../server/auth/route-scopes.ts';
import { type AuthConfig, authSchema, settingsOf } from '../../../server/auth/settings.ts';
import type { HttpRequest } from '../../../server/http.ts';
import { callerOf } from '../../../server/limits/index.ts';
import { limitsSchema } from '../../../server/limits/settings.ts';

export const START_MS = Date.parse('2026-01-01T00:00:00Z');

export class HandClock {
  ms = START_MS;
  nowUs = (): number => this.ms * 1000;
  wallMs = (): number => this.ms;
}

export interface Made {
  readonly text: string;
  readonly record: KeyRecord;
}

export function keyFor(changes: Partial<KeyRecord> = {}): Made {
  const { id, text, sha256 } = freshKey();
  const createdAt = new Date(START_MS).toISOString();
  return {
    text,
    record: {
      id,
      name: 'test',
      sha256,
      scopes: ['admin'],
      from: [],
      createdAt,
      expiresAt: null,
      revokedAt: null,
      ...changes,
    },
  };
}

export const requestOf = (
  headers: Readonly<Record<string, string>> = {},
  { client = '127.0.0.1', query = '', method = 'GET' as HttpRequest['method'] } = {},
): HttpRequest => ({
  method,
  path: '/',
  query,
  headers: new Map(Object.entries(headers)),
  body: new Uint8Array(0),
  client,
});

export const AREAS: Readonly<Record<Exclude<Area, 'public'>, ReturnType<typeof needOf>>> = {
  search: needOf({ method: 'GET', path: '/search' }),
  stats: needOf({ method: 'GET', path: '/stats/slo' }),
  admin: needOf({ method: 'POST', path: '/admin/cache/clear' }),
};

/** All that judges, on a clock of its own. */
export function partsOf(records: readonly KeyRecord[], changes: Partial<AuthConfig> = {}, trustedProxies = '') {
  const config = authSchema.parse(changes);
  const { failuresBurst: burst, failuresPerMinute: perMinute } = config;
  return {
    settings: settingsOf(config),
    ring: new KeyRing(records),
    byAddress: new Attempts({ burst, perMinute, namesMax: 1000 }),
    byKey: new Attempts({ burst: 2 * burst, perMinute, namesMax: 1000 }),
    callerOf: callerOf(limitsSchema.parse({ trustedProxies })),
    clock: new HandClock(),
  };
}

export interface Bench {
  readonly clock: HandClock;
  readonly ring: KeyRing;
  readonly byAddress: Attempts;
  ask(request: HttpRequest, area?: Exclude<Area, 'public'>): Decision;
}

export function bench(records: readonly KeyRecord[], changes: Partial<AuthConfig> = {}, trustedProxies = ''): Bench {
  const parts = partsOf(records, changes, trustedProxies);
  return { ...parts, ask: (request, area = 'admin') => judgeRequest(parts, AREAS[area], request) };
}
