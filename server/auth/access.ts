/** Keys, their file, its watch and the guard, put together for a server. */

import { z } from 'zod';
import type { Clock } from '../../engine/clock.ts';
import { adminRoute } from '../admin/index.ts';
import type { RequestHead, Route } from '../http.ts';
import type { Caller } from '../limits/index.ts';
import { Attempts } from './attempts.ts';
import { refuseExposure } from './exposure.ts';
import { guarded } from './guard.ts';
import { judgeRequest } from './judge-request.ts';
import { readKeys } from './key-file.ts';
import { KeyRing } from './key-ring.ts';
import { watchKeys } from './key-watch.ts';
import type { Need } from './route-scopes.ts';
import { type AuthConfig, settingsOf } from './settings.ts';
import { checkTls, type TlsFiles } from './tls-files.ts';

/** Addresses and key ids whose failures are remembered. */
const NAMES_MAX = 10_000;
/** Wrong secrets for one id from everywhere, in multiples of what one address may send. */
const KEY_MULTIPLE = 5;

const ACTING: Need = { area: 'admin', scopes: ['ops:act'] };

export interface AccessParts {
  readonly auth: AuthConfig;
  readonly tls: TlsFiles;
  /** Addresses that will be listened on. */
  readonly hosts: readonly string[];
  /** Who asks, behind proxies that are trusted: the limits' own answer. */
  readonly callerOf: (head: RequestHead) => Caller;
  readonly clock: Clock;
  /** Told when the file of the keys cannot be read any more. */
  readonly report: (detail: string) => void;
}

export interface Access {
  /** The routes with the guard before each, and `GET /admin/keys` beside them. */
  guard(routes: readonly Route[]): Route[];
  /** Whether who sent this may act on the server, whatever he asks for now. */
  mayAct(request: RequestHead): boolean;
  close(): void;
}

/** @throws EngineError config_invalid where the keys or certificates cannot be read, or are needed and missing */
export function openAccess({ auth, tls, hosts, callerOf, clock, report }: AccessParts): Access {
  const ring = new KeyRing(readKeys(auth.keysFile));
  refuseExposure({ hosts, ring, keysFile: auth.keysFile, nowMs: clock.wallMs() });
  checkTls(tls, clock.wallMs());
  const watch = watchKeys({ file: auth.keysFile, ring, report });
  const { failuresBurst: burst, failuresPerMinute: perMinute } = auth;
  const parts = {
    settings: settingsOf(auth),
    ring,
    byAddress: new Attempts({ burst, perMinute, namesMax: NAMES_MAX }),
    byKey: new Attempts({ burst: burst * KEY_MULTIPLE, perMinute: perMinute * KEY_MULTIPLE, namesMax: NAMES_MAX }),
    callerOf,
    clock,
  };
  return {
    guard: (routes) => guarded([...routes, keysRoute(ring, clock)], parts),
    mayAct: (request) => judgeRequest(parts, ACTING, request).kind === 'pass',
    close: () => watch.close(),
  };
}

/** All of a key but its hash, and when this process last saw it. */
const keysRoute = (ring: KeyRing, clock: Clock): Route =>
  adminRoute({
    method: 'GET',
    path: '/admin/keys',
    input: z.strictObject({}),
    bodyDepthMax: 2,
    act: () => ({ keys: ring.list(clock.wallMs()) }),
  });
