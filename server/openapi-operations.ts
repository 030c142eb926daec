/** What operators and their tools ask for, as the API description has it. */
import { EXPORT_FORMATS, OUTCOMES, RERANK_USES, TIMELINE_RANGES } from '../ops/index.ts';

type Json = Record<string, unknown>;

const content = (types: readonly string[], schema: Json): Json =>
  Object.fromEntries(types.map((type) => [type, { schema }]));

const operation = (summary: string, content: Json, parameters: readonly Json[] = []): Json => ({
  get: {
    tags: ['operations'],
    summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: {
      200: { description: 'As of the last second', content },
      ...(parameters.length === 0 ? {} : { 400: REFUSED }),
    },
  },
});

const REFUSED: Json = {
  description: 'A parameter is not right; which, and what was expected',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

const stat = (summary: string, parameters: readonly Json[] = []): Json =>
  operation(summary, content(['application/json'], { type: 'object' }), parameters);

const act = (summary: string, properties: Json = {}): Json => ({
  post: {
    tags: ['operations'],
    summary,
    requestBody: { content: { 'application/json': { schema: { type: 'object', properties } } } },
    responses: { 200: { description: 'What was done', content: content(['application/json'], { type: 'object' }) } },
  },
});

const parameter = (name: string, description: string, schema: Json): Json => ({
  name,
  in: 'query',
  description,
  schema,
});
const oneOf = (values: readonly string[]): Json => ({ type: 'string', enum: values });
const severalOf = (values: Json): Json => ({ type: 'array', items: values });

const HISTOGRAM_PARAMETERS: readonly Json[] = [
  parameter('format', 'Of the answer; all carry the same counts', oneOf(EXPORT_FORMATS)),
  parameter('from', 'ISO 8601, seconds since the epoch, or before now: -15m', { type: 'string' }),
  parameter('to', 'Likewise, or now', { type: 'string' }),
  parameter(
    'resolution',
    'Of the intervals; the finest that reaches so far back where it is not given',
    oneOf(['1s', '10s', '1m', '1h']),
  ),
  parameter('buckets', 'With format=csv: a line for each bucket', { type: 'boolean' }),
  parameter(
    'measure',
    'total, queue, service or a stage of a query; may be repeated, as may those that follow',
    severalOf({ type: 'string' }),
  ),
  parameter('endpoint', 'Route', severalOf({ type: 'string' })),
  parameter('outcome', 'How requests ended', severalOf(oneOf(OUTCOMES))),
  parameter('rerank', 'Whether they were reranked', severalOf(oneOf(RERANK_USES))),
  parameter('arm', 'Of a canary', severalOf({ type: 'string' })),
];

export const operations = (): Json => ({
  '/stats/health': stat('Whether the process lives, is ready, and what is degraded; 503 while it is not ready'),
  '/stats/health/live': stat('Liveness alone'),
  '/stats/health/ready': stat('Readiness alone; 503 while draining'),
  '/stats/device': stat('Machine, models, index generation, uWebSockets.js build, threads and memory'),
  '/stats/metrics': stat('Requests and latency percentiles by endpoint'),
  '/stats/slo': stat('Objectives with their error budgets and burn rates, and what every detector says'),
  '/stats/cache': stat('Look-ups, hits and size of the cache'),
  '/stats/rate-limit': stat('Refused requests and the busiest clients'),
  '/stats/ab': stat('Arms side by side, with and without reranking'),
  '/stats/timeline': stat('Rates and percentiles over a range, in columns for a chart', [
    parameter('range', 'Up to now', oneOf(TIMELINE_RANGES)),
  ]),
  '/stats/histograms': operation(
    'Latency histograms of any range, without loss: JSON, CSV, HdrHistogram log or percentile distribution',
    content(['application/json', 'text/csv', 'text/plain'], {}),
    HISTOGRAM_PARAMETERS,
  ),
  '/metrics': operation(
    'All of it for Prometheus: OpenMetrics with exemplars, or text 0.0.4, as Accept says',
    content(['application/openmetrics-text', 'text/plain'], { type: 'string' }),
  ),
  '/admin/keys': stat('Keys without their secrets, and when each was last used'),
  '/admin/cache/clear': act('Forget all cached answers'),
  '/admin/cache/enable': act('Answer from the cache again'),
  '/admin/cache/disable': act('Answer nothing from the cache', { expires_seconds: { type: 'integer', minimum: 1 } }),
  '/admin/rate-limit/adjust': act('Another limit for a while; the answer says whom it would have refused', {
    max_requests: { type: 'integer', minimum: 1 },
    window_seconds: { type: 'integer', minimum: 1 },
    expires_seconds: { type: 'integer', minimum: 1 },
    preview: { type: 'boolean' },
  }),
  '/admin/rate-limit/reset': act('The configured limit again'),
  '/admin/rate-limit/block': act('Block an address or a range for a while; DELETE ends it', {
    address: { type: 'string' },
    expires_seconds: { type: 'integer', minimum: 1 },
    reason: { type: 'string' },
  }),
  '/dashboard/events': operation(
    'A snapshot after every second, as server-sent events',
    content(['text/event-stream'], { type: 'string' }),
  ),
});
