/** An answer in sentences and tables. */
import type { CapacityAnswer, LoadRow } from '../answer.ts';
import type { CapacityCheck } from '../check.ts';
import type { LogSummary } from '../load/index.ts';
import type { LimitKind } from '../model/limit.ts';
import type { Estimate } from '../model/usl.ts';
import type { Sweep } from '../sweep/index.ts';
import { shown } from './shown.ts';

export interface CapacityReport {
  /** Null where the loads are not a sweep's. */
  readonly sweep: Omit<Sweep, 'steps'> | null;
  readonly logs: readonly LogSummary[];
  /** Null where the logs hold no two loads that differ. */
  readonly answer: CapacityAnswer | null;
  /** The answer put to the test; null where it was not. */
  readonly check: CapacityCheck | null;
}

/** @param plots file names of drawings by their title */
export function markdownOf(
  { sweep, logs, answer, check }: CapacityReport,
  plots: Readonly<Record<string, string>> = {},
): string {
  const parts = [
    '# Capacity',
    ...(answer === null ? [NO_ANSWER] : [answerLines(answer), ...(check === null ? [] : [checkLine(check, answer)])]),
    ...(answer === null ? [] : cautions(answer)),
    ...Object.entries(plots).map(([title, file]) => `![${title}](${file})`),
    ...(answer === null
      ? []
      : [section('Loads', loadTable(answer.loads)), ...stageSection(answer), ...uslSection(answer)]),
    ...(sweep === null ? [] : [section('Measured', sweepLines(sweep))]),
    ...logs.map(logSection),
  ];
  return `${parts.join('\n\n')}\n`;
}

const NO_ANSWER =
  'These logs were recorded under one load. How latency grows with load takes at least two that differ: log over a whole day, or sweep.';

const section = (title: string, body: string): string => `## ${title}\n\n${body}`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const between = (low: number | null, high: number | null): string =>
  low === null || high === null ? '' : ` [${shown(low)}, ${shown(high)}]`;

const SAID: Readonly<Record<LimitKind, string>> = {
  measured: 'measured on both sides',
  extrapolated: 'extrapolated by the queueing model',
  at_least: 'not reached: at least',
  at_most: 'passed by the lightest load: at most',
  never: 'passed by one request alone',
};

function answerLines({ thresholdMs, limit, headroom, stages, oneMore }: CapacityAnswer): string {
  const lines = [
    `- **p95 reaches ${thresholdMs} ms at ${shown(limit.perSecond)} requests/s**${between(limit.low, limit.high)} (${SAID[limit.kind]}; brackets are 95 % intervals).`,
  ];
  if (headroom !== null) {
    const range =
      headroom.low === null || headroom.high === null ? '' : ` [${percent(headroom.low)}, ${percent(headroom.high)}]`;
    lines.push(`- **Headroom ${percent(headroom.share)}**${range}: ${shown(headroom.nowPerSecond)} requests/s now.`);
  } else lines.push('- Headroom: the present rate is not known; say it with `--now`.');
  if (stages !== null) {
    const [longest] = stages.stages;
    const most = longest === undefined ? '' : `, ${percent(longest.share)} of their time in stage \`${longest.stage}\``;
    lines.push(`- **The workers saturate first**, at ${shown(stages.bound)} requests/s${most}.`);
  }
  if (oneMore !== null)
    lines.push(
      `- **One more core, with a worker on it: ${shown(oneMore.perSecond)} requests/s** at the threshold (+${percent(oneMore.gain)}) by the queue; ${shown(oneMore.low)} if all that the scalability law takes for contention stays. ${oneMore.workers} workers saturate at ${shown(oneMore.bound)} requests/s at best.`,
    );
  return lines.join('\n');
}

const checkLine = (check: CapacityCheck, { thresholdMs }: CapacityAnswer): string =>
  `**Checked**: ${shown(check.perSecond)} requests/s for ${shown(check.seconds)} s (${check.requests} requests, ${check.failed} failed) gave p95 ${shown(check.p95Ms)} ms [${shown(check.low)}, ${shown(check.high)}], where ${thresholdMs} ms was predicted (${check.p95Ms >= thresholdMs ? '+' : '−'}${Math.abs(Math.round((check.p95Ms / thresholdMs - 1) * 100))} %).`;

const cautions = ({ cautions: said }: CapacityAnswer): string[] =>
  said.length === 0 ? [] : [['What to know before believing it:', '', ...said.map((one) => `- ${one}.`)].join('\n')];

const cell = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : shown(value));

const loadTable = (loads: readonly LoadRow[]): string =>
  table(
    [
      'requests/s',
      'answers/s',
      'in the system',
      'requests',
      'p50 ms',
      'p95 ms',
      'p99 ms',
      'p95 modelled',
      'workers busy',
      'failed',
      'degraded',
    ],
    loads.map((row) => [
      ...[row.perSecond, row.throughput, row.concurrency].map(shown),
      String(Math.round(row.requests)),
      ...[row.p50Ms, row.p95Ms, row.p99Ms, row.modelledP95Ms].map(cell),
      row.utilisation.workers === undefined ? '–' : percent(row.utilisation.workers),
      String(Math.round(row.failed)),
      String(row.degraded),
    ]),
  );

function stageSection({ stages, limit }: CapacityAnswer): string[] {
  if (stages === null) return [];
  const { workers, serviceGrowth } = stages;
  const rows = stages.stages.map(({ stage, demandMs, share, saturatesAt }) => [
    stage,
    shown(demandMs),
    percent(share),
    shown(saturatesAt),
  ]);
  const model = `Service takes ${shown(workers.serviceMs)} ms on average (squared variation ${shown(workers.squaredVariation)}), ${shown(workers.outsideMs)} ms go outside the workers. Waits are ${shown(workers.inflation)} times those that a simulation of ${workers.servers === 1 ? 'one worker' : `${workers.servers} workers`} with batches of up to ${workers.batchMax} gives, fitted over ${stages.comparedLoads} loads. Served one by one (M/G/${workers.servers}), the threshold would be reached at ${shown(limit.oneByOne ?? 0)} requests/s. From the lightest to the heaviest load, service times changed by a factor of ${shown(serviceGrowth)}.`;
  return [
    section(
      'Stages',
      `${table(['stage', 'demand ms', 'of the service time', 'alone fills the workers at, requests/s'], rows)}\n\n${model}`,
    ),
  ];
}

const estimate = ({ value, low, high }: Estimate): string => `${shown(value)}${between(low, high)}`;

function uslSection({ usl }: CapacityAnswer): string[] {
  if (usl === null) return [];
  const { lambda, sigma, kappa, peak, peakConcurrency, rSquared, concurrencyMax } = usl;
  const most =
    peak === null
      ? 'It sees no end of growth.'
      : peakConcurrency === null
        ? `It tends to ${estimate(peak)} answers/s.`
        : `It peaks at ${estimate(peak)} answers/s with ${shown(peakConcurrency)} requests in the system${peakConcurrency > concurrencyMax ? ', which is extrapolated' : ''}.`;
  return [
    section(
      'Scalability law',
      `X(N) = λN / (1 + σ(N − 1) + κN(N − 1)) with λ ${estimate(lambda)}, σ ${estimate(sigma)}, κ ${estimate(kappa)}; R² ${rSquared.toFixed(4)}, fitted up to N = ${shown(concurrencyMax)}. ${most} N counts those who wait, so one worker alone is a σ of 0.5 and more.`,
    ),
  ];
}

function sweepLines({
  server,
  startMs,
  loadBefore,
  arrivals,
  seconds,
  deadlineMs,
  queries,
  fresh,
  parameters,
  seed,
}: Omit<Sweep, 'steps'>): string {
  const machine = [
    server.cpu,
    server.cores === null ? null : `${server.cores} cores`,
    server.workers === null ? null : `${server.workers} worker${server.workers === 1 ? '' : 's'}`,
  ];
  return [
    `- ${machine.filter((one) => one !== null).join(', ') || 'a server that says nothing of itself'}; ${new Date(startMs).toISOString()}, load before ${loadBefore.join(' ')}`,
    `- ${arrivals} arrivals, ${seconds} s a step, given up after ${deadlineMs} ms, seed ${seed}; latency counts from when a request was due`,
    `- ${queries} queries, ${percent(fresh)} of the requests with a new one; parameters \`${parameters || 'none'}\``,
  ].join('\n');
}

function logSection({ file, startS, unitsPerMs, tags, skipped, skippedCount }: LogSummary): string {
  const rows = tags.map((one) => [
    one.tag || '(none)',
    ...[String(one.intervals), shown(one.seconds), String(one.events)],
    ...[one.p50Ms, one.p95Ms, one.p99Ms, one.p999Ms, one.maxMs].map(shown),
  ]);
  const began = startS === null ? 'does not say when it began' : `began ${new Date(startS * 1000).toISOString()}`;
  const told = skipped.map(({ line, reason }) => `- line ${line}: ${reason}`);
  const lost = skippedCount === 0 ? [] : [`\n${skippedCount} lines skipped:\n`, ...told];
  return section(
    file,
    [
      table(['tag', 'intervals', 'seconds', 'events', 'p50 ms', 'p95 ms', 'p99 ms', 'p99.9 ms', 'max ms'], rows),
      `\nThe log ${began}; ${unitsPerMs} of its units are a millisecond.`,
      ...lost,
    ].join('\n'),
  );
}
