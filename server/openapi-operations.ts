/** What operators and their tools ask for, as the API description has it. */
import { DAYS_MAX, EXPORT_FORMATS, OUTCOMES, RERANK_USES, TIMELINE_RANGES } from '../ops/index.ts';
import { cacheDisableInput, cacheInput } from './cache/index.ts';
import { swapInput } from './index-admin/index.ts';
import { adjustInput, blockInput, resetInput, unblockInput } from './limits/index.ts';
import { act, BAD_PARAMETER, done, JSON_TYPE, NO_STORE } from './openapi-action.ts';
import {
  adjustAnswer,
  blockAnswer,
  cacheClearAnswer,
  cacheDisableAnswer,
  cacheEnableAnswer,
  indexStatusAnswer,
  indexSwapAnswer,
  keysAnswer,
  resetAnswer,
  unblockAnswer,
} from './openapi-answers.ts';
import { backupOperations } from './openapi-backup.ts';
import { canaryOperations } from './openapi-canary.ts';
import { incidentOperations } from './openapi-incidents.ts';
import { notifyOperations } from './openapi-notify.ts';
import { rebuildOperations } from './openapi-rebuild.ts';
import { content, type Json, type Operation, parameter } from './openapi-schema.ts';
import { verifyOperations } from './openapi-verify.ts';

const read = (path: string, summary: string, answer: Json, more: Partial<Operation> = {}): Operation => ({
  method: 'GET',
  path,
  tag: 'operations',
  summary,
  answers: { 200: { description: 'As of the last second', headers: NO_STORE, content: answer } },
  ...more,
});

const stat = (path: string, summary: string, more: Partial<Operation> = {}): Operation =>
  read(path, summary, content(JSON_TYPE, { type: 'object' }), more);

/** 503 with the same members while the server is not ready. */
const health = (path: string, summary: string): Operation => {
  const answer = { headers: NO_STORE, content: content(JSON_TYPE, { type: 'object' }) };
  return stat(path, summary, {
    answers: { 200: { description: 'Ready', ...answer }, 503: { description: 'Not ready', ...answer } },
  });
};

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
  parameter('merged', 'One interval of all', { type: 'boolean' }),
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

const SWAP_REFUSALS: Operation['refusals'] = {
  404: 'There is no generation of that name',
  409: 'Another is being taken into service, or its models are not the ones that are open',
  503: 'It is damaged or of another format, or there is not enough memory',
};

const figures = (): Operation[] => [
  health('/stats/health', 'Whether the process lives, is ready, and what is degraded'),
  stat('/stats/health/live', 'Liveness alone'),
  health('/stats/health/ready', 'Readiness alone; 503 while draining'),
  stat('/stats/device', 'Machine, models, index generation, uWebSockets.js build, threads and memory'),
  stat('/stats/metrics', 'Requests and latency percentiles by endpoint'),
  stat('/stats/slo', 'Objectives with their error budgets and burn rates, and what every detector says'),
  stat('/stats/cache', 'Look-ups, hits and size of the cache'),
  stat('/stats/rate-limit', 'Refused requests and the busiest clients'),
  stat(
    '/stats/ab',
    'Arms of each experiment with bounds that hold at all times, clicks, and answers that two arms shared',
    {
      parameters: [
        parameter('days', 'Up to now, today among them, UTC; the answer says from when', {
          type: 'integer',
          minimum: 1,
          maximum: DAYS_MAX,
          default: 7,
        }),
      ],
      refusals: { 400: BAD_PARAMETER },
    },
  ),
  stat('/stats/timeline', 'Rates and percentiles over a range, in columns for a chart', {
    parameters: [parameter('range', 'Up to now', oneOf(TIMELINE_RANGES))],
    refusals: { 400: BAD_PARAMETER },
  }),
  read(
    '/stats/histograms',
    'Latency histograms of any range, without loss: JSON, CSV, HdrHistogram log or percentile distribution',
    content(['application/json', 'text/csv', 'text/plain'], {}),
    {
      parameters: HISTOGRAM_PARAMETERS,
      refusals: { 400: BAD_PARAMETER, 503: 'As many exports are being read as may at once' },
    },
  ),
  read(
    '/metrics',
    'All of it for Prometheus: OpenMetrics with exemplars, or text 0.0.4, as Accept says',
    content(['application/openmetrics-text', 'text/plain'], { type: 'string' }),
  ),
  read(
    '/dashboard/events',
    'A snapshot after every second, as server-sent events',
    content(['text/event-stream'], { type: 'string' }),
    { refusals: { 503: 'As many dashboards are open as may be, or the server is shutting down' } },
  ),
];

const actions = (): Operation[] => {
  const { body: address, ...unblock } = act(
    '/admin/rate-limit/block',
    'End a block; the range in the address or in the body',
    unblockInput,
    unblockAnswer,
  );
  const swap = act(
    '/admin/index/swap',
    'Answer from another index from now on; the one that serves goes on where that cannot be',
    swapInput,
    indexSwapAnswer,
  );
  const block = act('/admin/rate-limit/block', 'Block an address or a range', blockInput([]), blockAnswer);
  return [
    {
      method: 'GET',
      path: '/admin/keys',
      tag: 'operations',
      summary: 'Keys without their secrets, and when each was last used',
      answers: done('As of now', keysAnswer),
      refusals: { 400: BAD_PARAMETER },
    },
    {
      method: 'GET',
      path: '/admin/index/status',
      tag: 'operations',
      summary: 'Which index serves, which others there are, and what is being changed',
      answers: done('As of now', indexStatusAnswer),
      refusals: { 400: BAD_PARAMETER },
    },
    { ...swap, refusals: { ...swap.refusals, ...SWAP_REFUSALS } },
    act('/admin/cache/clear', 'Forget all cached answers', cacheInput, cacheClearAnswer),
    act('/admin/cache/enable', 'Answer from the cache again', cacheInput, cacheEnableAnswer),
    act('/admin/cache/disable', 'Answer nothing from the cache', cacheDisableInput, cacheDisableAnswer),
    act(
      '/admin/rate-limit/adjust',
      'Another limit for a while; the answer says whom it would have refused',
      adjustInput,
      adjustAnswer,
    ),
    act('/admin/rate-limit/reset', 'The configured limit again, and everyone as new', resetInput, resetAnswer),
    { ...block, refusals: { ...block.refusals, 409: 'There is no room for another block' } },
    {
      ...unblock,
      method: 'DELETE',
      parameters: [parameter('address', 'Of the block, in place of a body', { type: 'string' })],
      body: { ...address, required: false },
    },
  ];
};

export const operations = (): Operation[] => [
  ...figures(),
  ...actions(),
  ...canaryOperations(),
  ...backupOperations(),
  ...verifyOperations(),
  ...rebuildOperations(),
  ...incidentOperations(),
  ...notifyOperations(),
];
