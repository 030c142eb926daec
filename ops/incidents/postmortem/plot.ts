/** Values over time with marks where something was done: an SVG without script, for a page that needs nothing else. */
import { escaped } from './escaped.ts';

export interface Plot {
  readonly title: string;
  /** What a reader sees in it, for those who do not see it. */
  readonly description: string;
  readonly unit: string;
  readonly series: readonly {
    readonly name: string;
    /** Null where there was nothing to measure. */
    readonly points: readonly (readonly [timeMs: number, value: number | null])[];
  }[];
  readonly marks: readonly { readonly name: string; readonly timeMs: number }[];
}

const WIDTH = 760;
const HEIGHT = 260;
const LEFT = 64;
const RIGHT = 16;
const TOP = 58;
const BOTTOM = 40;
const INNER_WIDTH = WIDTH - LEFT - RIGHT;
const INNER_HEIGHT = HEIGHT - TOP - BOTTOM;
const TICKS = 6;
const STEPS_S = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400];
/** Marks nearer to each other than this many pixels would be written over each other. */
const ROW = 12;

/** @param key different for each plot of a page */
export function plotSvg({ title, description, unit, series, marks }: Plot, key: string): string {
  const times = [
    ...series.flatMap(({ points }) => points.map(([timeMs]) => timeMs)),
    ...marks.map(({ timeMs }) => timeMs),
  ];
  const values = series.flatMap(({ points }) => points.flatMap(([, value]) => (value === null ? [] : [value])));
  if (times.length === 0 || values.length === 0) return `<p>${escaped(title)}: nothing was measured.</p>`;
  const fromMs = times.reduce((least, time) => Math.min(least, time));
  const toMs = times.reduce((most, time) => Math.max(most, time));
  const lengthMs = Math.max(1000, toMs - fromMs);
  const top = niceAbove(values.reduce((most, value) => Math.max(most, value), 0));
  const x = (timeMs: number): string => place(LEFT + ((timeMs - fromMs) / lengthMs) * INNER_WIDTH);
  const y = (value: number): string => place(TOP + (1 - value / top) * INNER_HEIGHT);
  const body = [
    ...timeTicks(fromMs, lengthMs).map(
      (tick) =>
        `<path class="grid" d="M${x(tick)} ${TOP}v${INNER_HEIGHT}"/><text x="${x(tick)}" y="${HEIGHT - 20}" text-anchor="middle">${new Date(tick).toISOString().slice(11, 19)}</text>`,
    ),
    ...[0, 1, 2, 3, 4].map(
      (n) =>
        `<path class="grid" d="M${LEFT} ${y((top * n) / 4)}h${INNER_WIDTH}"/><text x="${LEFT - 6}" y="${y((top * n) / 4)}" dy="4" text-anchor="end">${place((top * n) / 4)}</text>`,
    ),
    `<text x="${LEFT - 6}" y="${TOP - 10}" text-anchor="end">${escaped(unit)}</text>`,
    ...series.map(
      ({ name }, n) =>
        `<path class="line s${n}" d="M${LEFT + n * 150} 36h20"/><text x="${LEFT + n * 150 + 26}" y="40">${escaped(name)}</text>`,
    ),
    ...series.map(({ points }, n) => `<path class="line s${n}" d="${pathOf(points, x, y)}"/>`),
    ...marks.map(
      ({ name, timeMs }, n) =>
        `<path class="mark" d="M${x(timeMs)} ${TOP}v${INNER_HEIGHT}"/><text class="name" x="${x(timeMs)}" y="${TOP + 10 + n * ROW}" dx="${timeMs - fromMs > lengthMs / 2 ? -4 : 4}" text-anchor="${timeMs - fromMs > lengthMs / 2 ? 'end' : 'start'}">${escaped(name)}</text>`,
    ),
  ];
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="t${key} d${key}">
<title id="t${key}">${escaped(title)}</title>
<desc id="d${key}">${escaped(description)}</desc>
<text class="name" x="${LEFT}" y="18">${escaped(title)}</text>
${body.join('\n')}
</svg>`;
}

/** A line that breaks where nothing was measured. A point alone is drawn as a dash. */
function pathOf(
  points: Plot['series'][number]['points'],
  x: (timeMs: number) => string,
  y: (value: number) => string,
): string {
  let path = '';
  let drawing = false;
  for (const [timeMs, value] of points) {
    if (value !== null) path += `${drawing ? 'L' : 'M'}${x(timeMs)} ${y(value)}${drawing ? '' : 'h1'}`;
    drawing = value !== null;
  }
  return path;
}

function timeTicks(fromMs: number, lengthMs: number): number[] {
  const stepMs =
    (STEPS_S.find((step) => lengthMs / (step * 1000) <= TICKS) ?? Math.ceil(lengthMs / TICKS / 86_400_000) * 86_400) *
    1000;
  const first = Math.ceil(fromMs / stepMs) * stepMs;
  const ticks: number[] = [];
  for (let tick = first; tick <= fromMs + lengthMs; tick += stepMs) ticks.push(tick);
  return ticks;
}

/** 1, 2, 4 or 8 times a power of ten: quarters of it are short numbers. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-3)));
  return ([1, 2, 4, 8].find((factor) => factor * power >= value) ?? 10) * power;
}

const place = (value: number): string => String(Math.round(value * 100) / 100);
