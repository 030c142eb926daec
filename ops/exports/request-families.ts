/** What was counted of requests, as families of metrics. */
import { STAGES } from '../metrics/series.ts';
import type { SeriesTotals } from '../metrics/totals.ts';
import { OUTCOMES } from '../sample.ts';
import type { Family, HistogramSample, Labels, NumberSample } from './exposition.ts';

const STAGE_NAMES: ReadonlySet<string> = new Set(STAGES);

const histogramSample = (labels: Labels, { buckets, sumNs, exemplars }: SeriesTotals): HistogramSample => ({
  labels,
  buckets,
  sumNs,
  exemplars,
});

/** @param expected endpoints whose requests are shown as zero until they come: a rule that divides by them needs a number */
export function requestFamilies(totals: readonly SeriesTotals[], expected: readonly string[]): Family[] {
  const total = totals.filter(({ series }) => series.measure === 'total');
  const queue = totals.filter(({ series }) => series.measure === 'queue');
  const service = totals.filter(({ series }) => series.measure === 'service');
  const stages = totals.filter(({ series }) => STAGE_NAMES.has(series.measure));
  return [
    {
      name: 'wp_chat_requests',
      type: 'counter',
      help: 'Requests by endpoint and how they ended; shed, deadline and failed spend the error budget.',
      samples: requestCounts(total, expected),
    },
    {
      name: 'wp_chat_request_duration_seconds',
      type: 'histogram',
      help: 'From the first byte of a request to its answer handed over.',
      samples: total.map((one) => histogramSample(requestLabels(one), one)),
    },
    {
      name: 'wp_chat_queue_duration_seconds',
      type: 'histogram',
      help: 'Of a request, the wait for a worker.',
      samples: queue.map((one) => histogramSample(requestLabels(one), one)),
    },
    {
      name: 'wp_chat_service_duration_seconds',
      type: 'histogram',
      help: 'The whole time of a worker with a query.',
      samples: service.map((one) => histogramSample({}, one)),
    },
    {
      name: 'wp_chat_stage_duration_seconds',
      type: 'histogram',
      help: 'Of the time of a worker with a query, the time in each stage.',
      samples: stages.map((one) => histogramSample({ stage: one.series.measure }, one)),
    },
  ];
}

const requestLabels = ({ series: { endpoint, outcome, cache, rerank, arm } }: SeriesTotals): Labels => ({
  endpoint,
  outcome,
  cache,
  rerank,
  arm,
});

/** Every outcome of each endpoint, also those that have not happened: a counter that appears at 1 hides its first event. */
function requestCounts(total: readonly SeriesTotals[], expected: readonly string[]): NumberSample[] {
  const counts = new Map<string, Map<string, number>>();
  const ofEndpoint = (endpoint: string): Map<string, number> => {
    let outcomes = counts.get(endpoint);
    if (outcomes === undefined) {
      outcomes = new Map(OUTCOMES.map((outcome) => [outcome, 0]));
      counts.set(endpoint, outcomes);
    }
    return outcomes;
  };
  for (const endpoint of expected) ofEndpoint(endpoint);
  for (const { series, count } of total) {
    const outcomes = ofEndpoint(series.endpoint);
    outcomes.set(series.outcome, (outcomes.get(series.outcome) ?? 0) + count);
  }
  return [...counts].flatMap(([endpoint, outcomes]) =>
    [...outcomes].map(([outcome, value]) => ({ labels: { endpoint, outcome }, value })),
  );
}

/**
 * @param events by name; what stands before the first `;` says of which family
 * @param lost lines by where they were lost, as the snapshot has them
 */
export function eventFamilies(events: ReadonlyMap<string, number>, lost: Readonly<Record<string, number>>): Family[] {
  const degradations = new Map<string, number>();
  const losses = new Map(Object.entries(lost));
  const feedback = new Map<string, number>();
  const others = new Map<string, number>();
  for (const [name, count] of events) {
    if (name.startsWith('degraded;')) degradations.set(name.slice('degraded;'.length), count);
    else if (name.startsWith('lost;')) losses.set(name.slice('lost;'.length), count);
    else if (name.startsWith('feedback;')) feedback.set(name.slice('feedback;'.length), count);
    else others.set(name, count);
  }
  const samples = (label: string, counts: ReadonlyMap<string, number>): NumberSample[] =>
    [...counts].map(([value, count]) => ({ labels: { [label]: value }, value: count }));
  return [
    {
      name: 'wp_chat_degradations',
      type: 'counter',
      help: 'Answers that were less than what was asked for, by reason.',
      samples: samples('reason', degradations),
    },
    {
      name: 'wp_chat_lost_lines',
      type: 'counter',
      help: 'Lines of logs and records that could not be kept, by where they were lost.',
      samples: samples('log', losses),
    },
    {
      name: 'wp_chat_feedback',
      type: 'counter',
      help: 'Clicks that were told of, by what became of them.',
      samples: samples('result', feedback),
    },
    {
      name: 'wp_chat_events',
      type: 'counter',
      help: 'Other events by name.',
      samples: samples('event', others),
    },
  ];
}
