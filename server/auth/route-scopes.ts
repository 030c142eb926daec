/** Who may ask what? Every address of the product, and what it needs. One that is not here is not served. */
import type { Method, Route } from '../http.ts';
import type { Scope } from './scopes.ts';

/** What decides whether a key is needed: nothing for `public`, a setting of `server.auth` for each other area. */
export type Area = 'public' | 'search' | 'stats' | 'admin';

export interface Need {
  readonly area: Area;
  /** One of these is enough; `admin` always is. */
  readonly scopes: readonly Scope[];
}

const PUBLIC: Need = { area: 'public', scopes: [] };
const SEARCH: Need = { area: 'search', scopes: ['search'] };
const STATS: Need = { area: 'stats', scopes: ['stats', 'ops:read'] };
const LOOK: Need = { area: 'admin', scopes: ['ops:read', 'ops:act'] };
const ACT: Need = { area: 'admin', scopes: ['ops:act'] };
const BACKUP: Need = { area: 'admin', scopes: ['backup'] };
const WRITE: Need = { area: 'admin', scopes: ['index:write'] };
const ADMIN: Need = { area: 'admin', scopes: ['admin'] };

/** `/*` at the end stands for whatever follows. */
const NEEDS: Readonly<Record<`${Method} /${string}`, Need>> = {
  'GET /search': SEARCH,
  'POST /search': SEARCH,
  'POST /search/batch': SEARCH,
  'POST /feedback': SEARCH,
  'POST /ofrep/v1/evaluate/flags': SEARCH,
  'POST /ofrep/v1/evaluate/flags/:key': SEARCH,
  'GET /': PUBLIC,
  'GET /docs': PUBLIC,
  'GET /runbook': PUBLIC,
  'GET /openapi.json': PUBLIC,
  'GET /assets/*': PUBLIC,
  'GET /stats/health': PUBLIC,
  'GET /stats/health/live': PUBLIC,
  'GET /stats/health/ready': PUBLIC,
  'GET /stats/device': STATS,
  'GET /stats/metrics': STATS,
  'GET /stats/slo': STATS,
  'GET /stats/cache': STATS,
  'GET /stats/rate-limit': STATS,
  'GET /stats/ab': STATS,
  'GET /stats/histograms': STATS,
  'GET /stats/timeline': STATS,
  'GET /metrics': STATS,
  'GET /dashboard': STATS,
  'GET /dashboard/events': STATS,
  'GET /admin/keys': ADMIN,
  // Only where the configuration lets models fail on purpose.
  'POST /admin/faults': ADMIN,
  'GET /admin/canary/status': LOOK,
  'POST /admin/canary/enable': ACT,
  'POST /admin/canary/rollout': ACT,
  'POST /admin/canary/pause': ACT,
  'POST /admin/canary/resume': ACT,
  'POST /admin/canary/promote': ACT,
  'POST /admin/canary/abort': ACT,
  'POST /admin/canary/disable': ACT,
  'POST /admin/canary/emergency-stop': ACT,
  'POST /admin/canary/clear-emergency': ACT,
  'GET /admin/notify': LOOK,
  'POST /admin/notify/test': ACT,
  'POST /admin/notify/dead-letters/:seq/retry': ACT,
  'GET /admin/incidents/silences': LOOK,
  'POST /admin/incidents/silences': ACT,
  'DELETE /admin/incidents/silences': ACT,
  'POST /admin/cache/clear': ACT,
  'POST /admin/cache/enable': ACT,
  'POST /admin/cache/disable': ACT,
  'GET /admin/index/status': LOOK,
  'GET /admin/index/verify': LOOK,
  'GET /admin/index/rebuild': LOOK,
  'POST /admin/index/swap': ACT,
  'POST /admin/index/verify': ACT,
  'POST /admin/index/rebuild': ACT,
  'GET /admin/backup': BACKUP,
  'GET /admin/backup/status': BACKUP,
  'POST /admin/backup': BACKUP,
  'POST /admin/backup/undo': BACKUP,
  'POST /admin/backup/:id/verify': BACKUP,
  'POST /admin/backup/:id/drill': BACKUP,
  'POST /admin/backup/:id/restore': BACKUP,
  'DELETE /admin/backup/:id': BACKUP,
  'GET /admin/incidents/status': LOOK,
  'GET /admin/incidents/active': LOOK,
  'POST /admin/incidents/detect': ACT,
  'POST /admin/incidents/auto-detect': ACT,
  'GET /admin/incidents/:id': LOOK,
  'GET /admin/incidents/:id/procedures': LOOK,
  'POST /admin/incidents/:id/acknowledge': ACT,
  'POST /admin/incidents/:id/execute': ACT,
  'POST /admin/incidents/:id/undo': ACT,
  'POST /admin/incidents/:id/resolve': ACT,
  'POST /admin/incidents/:id/note': ACT,
  'GET /admin/incidents/:id/postmortem': LOOK,
  'PATCH /admin/incidents/:id/postmortem': ACT,
  'GET /admin/audit': ADMIN,
  'GET /documents': WRITE,
  'PUT /documents': WRITE,
  'PATCH /documents': WRITE,
  'DELETE /documents': WRITE,
  'POST /documents/bulk': WRITE,
  // Who calls it shows that he has the secret by signing what he says.
  'POST /webhook/wordpress': PUBLIC,
  'POST /admin/rate-limit/adjust': ACT,
  'POST /admin/rate-limit/reset': ACT,
  'POST /admin/rate-limit/block': ACT,
  'DELETE /admin/rate-limit/block': ACT,
};

const FAMILIES = Object.entries(NEEDS)
  .filter(([address]) => address.endsWith('/*'))
  .map(([address, need]) => [address.slice(0, -1), need] as const);

/** @throws Error for an address that the table lacks: it must not be served by oversight */
export function needOf({ method, path }: Pick<Route, 'method' | 'path'>): Need {
  const address = `${method} ${path}`;
  if (Object.hasOwn(NEEDS, address)) return NEEDS[address as keyof typeof NEEDS]!;
  const family = FAMILIES.find(([beginning]) => address.startsWith(beginning));
  if (family === undefined) throw new Error(`No scope is set for ${address} in server/auth/route-scopes.ts`);
  return family[1];
}

/** Whether it is an address for operators, which may have a port of their own. */
export const isOperators = (route: Route): boolean => ['stats', 'admin'].includes(needOf(route).area);

export const isSearch = (route: Route): boolean => needOf(route).area === 'search';
