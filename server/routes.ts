/** Every address of the product, and who answers there. */
import type { Clock } from '../engine/clock.ts';
import type { ErrorLog } from '../ops/index.ts';
import { type ArmsControl, faultsRoute } from './arms/index.ts';
import { SITE_HEADERS } from './auth/index.ts';
import { type Backups, backupAdmin } from './backup/index.ts';
import { cacheAdmin } from './cache/index.ts';
import { ASKER_HEADERS, canaryAdmin, type Experiments, ofrepRoutes } from './canary/index.ts';
import { feedbackRoute } from './canary/relevance/index.ts';
import type { Config } from './config/index.ts';
import { documentsRoutes, type LivingDocuments } from './documents/index.ts';
import { type HttpAnswer, NOT_SERVED, type Refusal, type RefusedRequest, type Route } from './http.ts';
import { indexAdmin, type Rebuilds, rebuildAdmin, type Verifications, verifyAdmin } from './index-admin/index.ts';
import type { Limits } from './limits/index.ts';
import { openApi } from './openapi.ts';
import { pageRoutes } from './page-routes.ts';
import { problemAnswer } from './problem-answer.ts';
import type { ProcessFaults } from './process-faults.ts';
import { requestIdOf } from './request-id.ts';
import type { SearchHandler } from './search-handler.ts';
import {
  ab,
  cache,
  device,
  health,
  histograms,
  live,
  metrics,
  openMetrics,
  rateLimit,
  ready,
  type StatsParts,
  slo,
  timelineOf,
} from './stats/index.ts';
import { formatOfAnswer, type Problem, problem } from './wire/index.ts';

export interface RouteParts {
  readonly config: Config;
  readonly search: SearchHandler;
  readonly stats: StatsParts;
  readonly experiments: Experiments;
  readonly arms: ArmsControl;
  readonly faults: ProcessFaults;
  readonly backups: Backups;
  readonly verifications: Verifications;
  readonly documents: LivingDocuments;
  /** Where a site tells of its changes; none where that is not configured. */
  readonly webhook: readonly Route[];
  readonly rebuilds: Rebuilds;
  /** Incidents, what is done about them, and the record of who did what. */
  readonly operations: { readonly routes: readonly Route[] };
  /** What dashboards listen to. */
  readonly events: Route['handle'];
  readonly errors: ErrorLog;
  readonly clock: Clock;
  /** An event, for the record. */
  readonly count: (event: string) => void;
  /** What every request passes first. */
  readonly limits: Limits;
}

/** Who asks, and whether an arm may be asked for: that is judged as an operator's request is. */
const SEARCH_HEADERS = [...ASKER_HEADERS, ...SITE_HEADERS];

export function routesOf(parts: RouteParts): Route[] {
  const { search, stats } = parts;
  // Made for the first who asks: most starts are for nobody who does.
  let description: string | null = null;
  const described = (): string => (description ??= JSON.stringify(openApi(parts.config, parts.webhook.length > 0)));
  return parts.limits.gate([
    {
      method: 'GET',
      path: '/search',
      headersRead: SEARCH_HEADERS,
      ready: (request, client) => search.ready(request, client),
      handle: (request) => search.one(request),
    },
    { method: 'POST', path: '/search', headersRead: SEARCH_HEADERS, handle: (request) => search.one(request) },
    {
      method: 'POST',
      path: '/search/batch',
      headersRead: SEARCH_HEADERS,
      handle: (request) => search.batch(request),
    },
    feedbackRoute({ ...parts, ...parts.config.server, relevance: stats.relevance }),
    { method: 'GET', path: '/stats/health', handle: () => health(stats) },
    { method: 'GET', path: '/stats/health/live', handle: live },
    { method: 'GET', path: '/stats/health/ready', handle: () => ready(stats) },
    { method: 'GET', path: '/stats/device', handle: () => device(stats) },
    { method: 'GET', path: '/stats/metrics', handle: () => metrics(stats) },
    { method: 'GET', path: '/stats/slo', handle: () => slo(stats) },
    { method: 'GET', path: '/stats/cache', handle: () => cache(stats) },
    { method: 'GET', path: '/stats/rate-limit', handle: () => rateLimit(stats, parts.limits.status()) },
    { method: 'GET', path: '/stats/ab', handle: (request) => ab(stats, request) },
    { method: 'GET', path: '/stats/histograms', handle: (request) => histograms(stats, request) },
    { method: 'GET', path: '/stats/timeline', handle: (request) => timelineOf(stats, request) },
    { method: 'GET', path: '/metrics', handle: (request) => openMetrics(stats, request) },
    { method: 'GET', path: '/dashboard/events', handle: (request) => parts.events(request) },
    {
      method: 'GET',
      path: '/openapi.json',
      handle: () => ({ status: 200, contentType: 'application/json; charset=utf-8', body: described() }),
    },
    ...(parts.config.server.faults ? [faultsRoute(parts.arms, parts.faults, parts.config.server)] : []),
    ...canaryAdmin(parts.experiments, parts.config.server),
    ...ofrepRoutes(parts.experiments, parts.config.server),
    ...cacheAdmin(stats.cache, parts.config.server),
    ...indexAdmin(stats.index, parts.config.server),
    ...verifyAdmin(parts.verifications, stats.index, parts.config.server),
    ...rebuildAdmin(parts.rebuilds, parts.config.server),
    ...backupAdmin(parts.backups, parts.config.server),
    ...documentsRoutes({ ...parts, settings: parts.config.server }),
    ...parts.operations.routes,
    ...parts.webhook,
    ...pageRoutes(),
  ]);
}

/** Answers what no route took, and what one threw: the latter leaves a line in the log. */
export function refusals({ errors, clock }: Pick<RouteParts, 'errors' | 'clock'>) {
  return (refusal: Refusal, request: RefusedRequest): HttpAnswer => {
    const requestId = requestIdOf(request.headers.get('x-request-id'));
    const answer = problemAnswer(
      problemOf(refusal, requestId),
      formatOfAnswer(request.headers.get('accept')) ?? 'json',
    );
    const served = { ...NOT_SERVED, requestId };
    if (refusal.kind === 'internal') {
      const detail = (refusal.error as Error).stack ?? String(refusal.error);
      errors.write({ timeMs: clock.wallMs(), requestId, endpoint: request.path, code: 'internal', detail });
    }
    if (refusal.kind !== 'method_not_allowed') return { ...answer, served };
    return { ...answer, served, headers: [...(answer.headers ?? []), ['allow', refusal.allowed.join(', ')]] };
  };
}

function problemOf(refusal: Refusal, requestId: string): Problem {
  switch (refusal.kind) {
    case 'not_found':
      return problem(
        'not_found',
        `No such address; the API is described at /docs: ${refusal.path.slice(0, 200)}`,
        requestId,
      );
    case 'method_not_allowed':
      return problem('method_not_allowed', `Use ${refusal.allowed.join(' or ')}`, requestId);
    case 'body_too_large':
      return problem('body_too_large', `The body may have ${refusal.bytesMax} bytes`, requestId);
    case 'body_too_slow':
      return problem('body_too_slow', 'The body did not come whole in the time that it may take', requestId);
    case 'internal':
      return problem('internal', 'The error is in the log under this request id', requestId);
  }
}
