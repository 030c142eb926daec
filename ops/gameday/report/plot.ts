/** One scenario drawn: how late answers were and how many failed, second by second, and when what was noticed and done. */
import { type Chart, type ChartSeries, linearScale, svgOf } from '../../capacity/index.ts';
import type { Result } from '../result.ts';
import { GOOD_P95_MS } from '../scenario.ts';

const BEFORE_S = 5;

export function plotOf({ scenario, title, times, seen, incidents }: Result): string {
  const atS = (ms: number): number => (ms - seen.onsetMs) / 1000 + BEFORE_S;
  const seconds = seen.seconds.filter(({ atMs }) => atS(atMs) >= 0);
  const latencies = seconds.flatMap(({ atMs, p95Ms }) => (p95Ms === null ? [] : [[atS(atMs), p95Ms] as const]));
  const top = Math.max(GOOD_P95_MS * 1.25, ...latencies.map(([, p95Ms]) => p95Ms));
  const failures = seconds.map(({ atMs, answered, failed }) => {
    const all = answered + failed;
    return [atS(atMs), all === 0 ? 0 : (failed / all) * top] as const;
  });
  const series: ChartSeries[] = [
    { name: 'p95, ms', tone: 0, kind: 'line', points: latencies },
    { name: `failed (top: 100 %)`, tone: 1, kind: 'dashed', points: failures },
  ];
  const noticed = incidents.map(({ type, typedMs }) => ({
    name: type,
    axis: 'x' as const,
    at: atS(typedMs),
    band: null,
  }));
  const chart: Chart = {
    title: `${scenario}: ${title}`,
    description: `95th percentile of answers and share of failures each second. The fault begins at ${BEFORE_S} s; noticed after ${times.detectedS ?? 'no'} s.`,
    x: {
      label: `seconds; it goes wrong at ${BEFORE_S}`,
      scale: linearScale(Math.max(10, ...seconds.map(({ atMs }) => atS(atMs)))),
    },
    y: { label: '95th percentile, ms', scale: linearScale(top) },
    series,
    guides: [
      { name: '', axis: 'x', at: BEFORE_S, band: [BEFORE_S, atS(seen.withdrawnMs)] },
      { name: `${GOOD_P95_MS} ms`, axis: 'y', at: GOOD_P95_MS, band: null },
      ...noticed,
    ],
  };
  return svgOf(chart);
}
