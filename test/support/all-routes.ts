/** Every address that a process serves, apart from the keys', which come and go with who listens where. */
import { systemClock } from '../../engine/clock.ts';
import { configSchema } from '../../server/config/schema.ts';
import type { Route } from '../../server/http.ts';
import { openLimits } from '../../server/limits/index.ts';
import { notifyAdmin } from '../../server/notify/notify-admin.ts';
import { operationsRoutes } from '../../server/open-operations.ts';
import { type RouteParts, routesOf } from '../../server/routes.ts';

/** Nothing is called of them: only which addresses there are is asked. */
const never = (): never => {
  throw new Error('Asked for what is only listed');
};

export function allRoutes(): Pick<Route, 'method' | 'path'>[] {
  const config = configSchema.parse({});
  const limits = openLimits({ ...config.server, settings: config.server.limits, clock: systemClock });
  const notify = notifyAdmin({} as Parameters<typeof notifyAdmin>[0], config.server);
  const operations = { routes: [...operationsRoutes(never, config), ...notify] };
  const parts = { config, limits, search: {}, stats: {}, webhook: [], operations };
  return [...routesOf(parts as unknown as RouteParts), { method: 'GET', path: '/admin/keys' }];
}
