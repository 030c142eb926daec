/** Three drawings of an answer: throughput by concurrency, latency by rate, utilisation by rate. */
import type { CapacityAnswer, LoadRow } from '../answer.ts';
import { gatheredLatencyAt } from '../model/gathering.ts';
import { uslThroughput } from '../model/usl.ts';
import { type Chart, type ChartSeries, type Guide, svgOf, type Tone } from './chart.ts';
import { linearScale, logScale } from './scale.ts';
import { shown } from './shown.ts';

export interface Plots {
  readonly throughput: string;
  readonly latency: string;
  /** Null where nothing is known of the stages. */
  readonly utilisation: string | null;
}

export const plotsOf = (answer: CapacityAnswer): Plots => ({
  throughput: svgOf(throughputChart(answer)),
  latency: svgOf(latencyChart(answer)),
  utilisation: answer.stages === null ? null : svgOf(utilisationChart(answer)),
});

const CURVE_POINTS = 80;

/** Beyond the measured range the law is drawn this much further, dashed. */
const FURTHER = 2;

function throughputChart({ loads, usl }: CapacityAnswer): Chart {
  const concurrencies = loads.map(({ concurrency }) => concurrency).filter((n) => n > 0);
  const [low, high] = [Math.min(...concurrencies), Math.max(...concurrencies)];
  const x = logScale(low * 0.8, high * (usl === null ? 1 : FURTHER));
  const curve = (from: number, to: number): [number, number][] =>
    Array.from({ length: CURVE_POINTS + 1 }, (_, n) => {
      const concurrency = from * (to / from) ** (n / CURVE_POINTS);
      return [concurrency, uslThroughput(usl!.parameters, concurrency)];
    });
  const law: ChartSeries[] =
    usl === null
      ? []
      : [
          { name: 'scalability law', tone: 1, kind: 'line', points: curve(x.low, high) },
          { name: 'extrapolated', tone: 1, kind: 'dashed', points: curve(high, x.high) },
        ];
  const measured = loads.map(({ concurrency, throughput }) => [concurrency, throughput] as const);
  const series: ChartSeries[] = [...law, { name: 'measured', tone: 0, kind: 'marks', points: measured }];
  const peak = usl?.peak?.value ?? null;
  const guides: Guide[] =
    peak === null ? [] : [{ name: `highest by the law: ${shown(peak)}/s`, axis: 'y', at: peak, band: null }];
  return {
    title: 'Throughput by concurrency',
    description: `Answers a second at ${loads.length} loads of ${shown(low)} to ${shown(high)} requests in the system, and the Universal Scalability Law fitted to them.`,
    x: { label: 'requests in the system, those that wait included', scale: x },
    y: {
      label: 'answers/s',
      scale: linearScale(Math.max(peak ?? 0, ...loads.map(({ throughput }) => throughput)) * 1.05),
    },
    series,
    guides,
  };
}

/** Latencies above this many thresholds are drawn at the upper edge: they only say that the server fell behind. */
const LATENCY_THRESHOLDS_MAX = 20;

function latencyChart(answer: CapacityAnswer): Chart {
  const { loads, limit, thresholdMs } = answer;
  const ceilingMs = thresholdMs * LATENCY_THRESHOLDS_MAX;
  const all = loads.flatMap(({ p50Ms, p95Ms, p99Ms }) => [p50Ms, p95Ms, p99Ms].filter((ms) => ms !== null));
  const y = logScale(Math.min(...all, thresholdMs / 2) * 0.9, Math.min(ceilingMs, Math.max(...all, thresholdMs)));
  const series = (name: string, tone: Tone, of: (row: LoadRow) => number | null): ChartSeries => ({
    name,
    tone,
    kind: 'line_and_marks',
    points: loads.flatMap((row): [number, number][] => (of(row) === null ? [] : [[row.perSecond, of(row)!]])),
  });
  const fastest = loads.at(-1)!.perSecond;
  const high = Math.max(fastest, limit.high ?? limit.perSecond, limit.perSecond);
  const band: Guide['band'] = limit.low === null || limit.high === null ? null : [limit.low, limit.high];
  return {
    title: 'Latency by rate',
    description: `Percentiles of latency at ${loads.length} rates up to ${shown(fastest)} requests a second, counted from when each request was due, with the threshold of ${thresholdMs} ms and the rate at which the 95th percentile reaches it.`,
    x: { label: 'requests/s', scale: linearScale(high * 1.02) },
    y: { label: 'milliseconds', scale: y },
    series: [
      series('p50', 3, ({ p50Ms }) => p50Ms),
      series('p95', 0, ({ p95Ms }) => p95Ms),
      series('p99', 2, ({ p99Ms }) => p99Ms),
      ...modelled(answer, high, y.high),
    ],
    guides: [
      { name: `${thresholdMs} ms`, axis: 'y', at: thresholdMs, band: null },
      {
        name: `${shown(limit.perSecond)}/s${limit.kind === 'extrapolated' ? ', extrapolated' : ''}`,
        axis: 'x',
        at: limit.perSecond,
        band,
      },
    ],
  };
}

function modelled({ stages }: CapacityAnswer, high: number, ceilingMs: number): ChartSeries[] {
  if (stages === null) return [];
  const points: [number, number][] = [];
  for (let n = 1; n <= CURVE_POINTS; n++) {
    const perSecond = (high * n) / CURVE_POINTS;
    const ms = gatheredLatencyAt(stages.workers, perSecond, 95);
    if (ms > ceilingMs) break;
    points.push([perSecond, ms]);
  }
  return [{ name: 'p95 by the queueing model', tone: 1, kind: 'dashed', points }];
}

const STAGES_DRAWN = 5;

function utilisationChart({ loads, stages, limit }: CapacityAnswer): Chart {
  const { bound, stages: demands, workers } = stages!;
  const high = Math.max(bound * 1.05, loads.at(-1)!.perSecond);
  const drawn = demands.slice(0, STAGES_DRAWN).map(({ stage }) => stage);
  const measured = (name: 'workers' | (typeof drawn)[number], tone: Tone): ChartSeries => ({
    name: name === 'workers' ? `all stages of ${workers.servers} worker${workers.servers === 1 ? '' : 's'}` : name,
    tone,
    kind: 'marks',
    points: loads.flatMap((row): [number, number][] => {
      const share = row.utilisation[name];
      return share === undefined ? [] : [[row.perSecond, share * 100]];
    }),
  });
  const law: ChartSeries = {
    name: 'utilisation law',
    tone: 7,
    kind: 'dashed',
    points: [
      [0, 0],
      [bound, 100],
    ],
  };
  return {
    title: 'Utilisation of the workers by rate',
    description: `Share of the workers' time that each stage takes at each rate; all stages together fill it at ${shown(bound)} requests a second.`,
    x: { label: 'requests/s', scale: linearScale(high) },
    y: { label: '% of worker time', scale: linearScale(100) },
    series: [law, measured('workers', 0), ...drawn.map((stage, n) => measured(stage, (n + 1) as Tone))],
    guides: [{ name: `limit ${shown(limit.perSecond)}/s`, axis: 'x', at: limit.perSecond, band: null }],
  };
}
