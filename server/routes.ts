/** Every address of the product, and who answers there. Each answer leaves one sample, and each failure a line in the log. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../engine/clock.ts';
import { packageRoot } from '../engine/package-root.ts';
import type { ErrorLog, Recorder } from '../ops/index.ts';
import type { Config } from './config/index.ts';
import type { HttpAnswer, HttpRequest, Refusal, Route } from './http.ts';
import { openApi } from './openapi.ts';
import { requestIdOf } from './request-id.ts';
import { problemAnswer, type SearchHandler } from './search-handler.ts';
import { device, health, live, metrics, ready, type StatsParts } from './stats.ts';
import { formatOfAnswer, type Problem, problem } from './wire/index.ts';

export interface RouteParts {
  readonly config: Config;
  readonly search: SearchHandler;
  readonly stats: StatsParts;
  readonly recorder: Recorder;
  readonly errors: ErrorLog;
  readonly clock: Clock;
}

/** Nothing from elsewhere runs or is framed; styles and scripts are files of ours. */
const PAGE_HEADERS = [
  [
    'content-security-policy',
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  ],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['cache-control', 'no-cache'],
] as const;

const CONTENT = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

function page(path: string, file: string): Route {
  const body = readFileSync(join(packageRoot, 'server/pages', file));
  const contentType = CONTENT[file.split('.').at(-1) as keyof typeof CONTENT];
  return { method: 'GET', path, handle: () => ({ status: 200, contentType, body, headers: PAGE_HEADERS }) };
}

export function routesOf(parts: RouteParts): Route[] {
  const { search, stats } = parts;
  const description = JSON.stringify(openApi(parts.config));
  const routes: Route[] = [
    { method: 'GET', path: '/search', handle: (request) => search.one(request) },
    { method: 'POST', path: '/search', handle: (request) => search.one(request) },
    { method: 'POST', path: '/search/batch', handle: (request) => search.batch(request) },
    { method: 'GET', path: '/stats/health', handle: () => health(stats) },
    { method: 'GET', path: '/stats/health/live', handle: live },
    { method: 'GET', path: '/stats/health/ready', handle: () => ready(stats) },
    { method: 'GET', path: '/stats/device', handle: () => device(stats) },
    { method: 'GET', path: '/stats/metrics', handle: () => metrics(stats) },
    {
      method: 'GET',
      path: '/openapi.json',
      handle: () => ({ status: 200, contentType: 'application/json; charset=utf-8', body: description }),
    },
    page('/', 'search.html'),
    page('/assets/search.js', 'search.js'),
    page('/assets/search.css', 'search.css'),
    page('/assets/search-answer.css', 'search-answer.css'),
    page('/assets/theme.css', 'theme.css'),
    page('/assets/elements.js', 'elements.js'),
    page('/assets/search-address.js', 'search-address.js'),
    page('/assets/search-client.js', 'search-client.js'),
    page('/assets/search-explain.js', 'search-explain.js'),
    page('/assets/search-filters.js', 'search-filters.js'),
    page('/assets/search-hits.js', 'search-hits.js'),
    page('/assets/search-keys.js', 'search-keys.js'),
    page('/assets/search-notices.js', 'search-notices.js'),
    page('/assets/search-timings.js', 'search-timings.js'),
    page('/docs', 'docs.html'),
    page('/assets/docs.css', 'docs.css'),
    page('/assets/docs-schema.js', 'docs-schema.js'),
    page('/assets/docs-try.js', 'docs-try.js'),
    page('/assets/docs.js', 'docs.js'),
  ];
  return routes.map((route) => ({ ...route, handle: recorded(route, parts) }));
}

/** Wraps a handler so that its end, whichever, is recorded under the route's own path: what it throws is answered with 500. */
function recorded({ path, handle }: Route, { recorder, clock }: RouteParts): Route['handle'] {
  return (request) => {
    const startUs = clock.nowUs();
    const record = (status: number): void =>
      recorder.record({ endpoint: path, status, durationUs: clock.nowUs() - startUs });
    const sample = (answer: HttpAnswer): HttpAnswer => {
      record(answer.status);
      return answer;
    };
    const failed = (error: unknown): never => {
      record(500);
      throw error;
    };
    try {
      const answer = handle(request);
      return answer instanceof Promise ? answer.then(sample, failed) : sample(answer);
    } catch (error) {
      return failed(error);
    }
  };
}

/** What is known of a request that was not handled. */
type RefusedRequest = Pick<HttpRequest, 'headers'> & Partial<Pick<HttpRequest, 'path'>>;

export interface RefusalParts extends Pick<RouteParts, 'errors' | 'recorder' | 'clock'> {
  readonly routes: readonly Pick<Route, 'path'>[];
}

/** Answers what no route took, and what one threw. Recorded under the path where it is that of a route: paths are bounded. */
export function refusals({ errors, recorder, clock, routes }: RefusalParts) {
  const paths = new Set(routes.map(({ path }) => path));
  return (refusal: Refusal, request: RefusedRequest): HttpAnswer => {
    const startUs = clock.nowUs();
    const endpoint = request.path !== undefined && paths.has(request.path) ? request.path : 'other';
    const requestId = requestIdOf(request.headers.get('x-request-id'));
    const answer = problemAnswer(
      problemOf(refusal, requestId),
      formatOfAnswer(request.headers.get('accept')) ?? 'json',
    );
    // The route has recorded what its own handler threw.
    if (refusal.kind !== 'internal') {
      recorder.record({ endpoint, status: answer.status, durationUs: clock.nowUs() - startUs });
    }
    if (refusal.kind === 'internal') {
      const detail = (refusal.error as Error).stack ?? String(refusal.error);
      errors.write({ timeMs: clock.wallMs(), requestId, endpoint, code: 'internal', detail });
    }
    if (refusal.kind !== 'method_not_allowed') return answer;
    return { ...answer, headers: [...(answer.headers ?? []), ['allow', refusal.allowed.join(', ')]] };
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
    case 'internal':
      return problem('internal', 'The error is in the log under this request id', requestId);
  }
}
