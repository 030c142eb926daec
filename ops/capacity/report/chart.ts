/** A chart as an SVG document: no script, no font of its own, readable on a dark and on a light page. */
import type { Scale } from './scale.ts';

/** Colours by number, told apart without colour vision too: each has its own mark. */
export type Tone = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

export interface ChartSeries {
  readonly name: string;
  readonly tone: Tone;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly kind: 'line' | 'dashed' | 'marks' | 'line_and_marks';
}

export interface Guide {
  readonly name: string;
  /** On this axis, at this value, right across. */
  readonly axis: 'x' | 'y';
  readonly at: number;
  /** Shaded between these; null draws the line alone. */
  readonly band: readonly [number, number] | null;
}

export interface Chart {
  readonly title: string;
  /** What a reader sees in it, for those who do not see it. */
  readonly description: string;
  readonly x: { readonly label: string; readonly scale: Scale };
  readonly y: { readonly label: string; readonly scale: Scale };
  readonly series: readonly ChartSeries[];
  readonly guides: readonly Guide[];
}

const WIDTH = 760;
const HEIGHT = 440;
const LEFT = 76;
const RIGHT = 24;
const TOP = 84;
const BOTTOM = 60;
const INNER_WIDTH = WIDTH - LEFT - RIGHT;
const INNER_HEIGHT = HEIGHT - TOP - BOTTOM;

const LIGHT = ['#0b62a4', '#b4430a', '#7a3aa8', '#0a7a4b', '#a3195b', '#7a6000', '#00727a', '#555b66'];
const DARK = ['#6db8ff', '#ff9d5c', '#cf9bff', '#5fd39b', '#ff86bd', '#e3c33f', '#56d4dc', '#b4bbc7'];

const tones = (colours: readonly string[]): string =>
  colours.map((colour, n) => `.l${n}{stroke:${colour}}.m${n}{fill:${colour}}`).join('');

const STYLE = `svg{font:13px system-ui,sans-serif}.page{fill:#fff}.text{fill:#1c2128}.quiet{fill:#4c5562}.grid{stroke:#d9dee5}.edge{stroke:#6a7380}.guide{stroke:#1c2128}.band{fill:#1c2128;fill-opacity:.08}.line{fill:none;stroke-width:2}${tones(LIGHT)}
@media (prefers-color-scheme:dark){.page{fill:#14181f}.text{fill:#e8ecf2}.quiet{fill:#aab3c0}.grid{stroke:#2b323d}.edge{stroke:#7d8794}.guide{stroke:#e8ecf2}.band{fill:#e8ecf2;fill-opacity:.1}${tones(DARK)}}`;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one]!);
const place = (value: number): string => String(Math.round(value * 10) / 10);

export function svgOf(chart: Chart): string {
  const { title, description } = chart;
  const body = [
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="text" x="${LEFT}" y="26" font-size="16" font-weight="600">${escaped(title)}</text>`,
    ...legend(chart.series),
    ...axisX(chart.x),
    ...axisY(chart.y),
    ...chart.guides.flatMap((guide) => drawnGuide(guide, chart)),
    ...chart.series.flatMap((series) => drawnSeries(series, chart)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title description">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(description)}</desc>
<style>${STYLE}</style>
${body.join('\n')}
</svg>
`;
}

const xOf = ({ x }: Chart, value: number): number => LEFT + x.scale.at(value) * INNER_WIDTH;
const yOf = ({ y }: Chart, value: number): number => TOP + (1 - y.scale.at(value)) * INNER_HEIGHT;
const shown = (tick: number): string => (tick >= 10_000 ? `${tick / 1000}k` : String(tick));

function axisX({ label, scale }: Chart['x']): string[] {
  const ticks = scale.ticks.map((tick) => {
    const x = place(LEFT + scale.at(tick) * INNER_WIDTH);
    return `<path class="grid" d="M${x} ${TOP}V${TOP + INNER_HEIGHT}"/><text class="quiet" x="${x}" y="${TOP + INNER_HEIGHT + 20}" text-anchor="middle">${shown(tick)}</text>`;
  });
  return [
    ...ticks,
    `<path class="edge" d="M${LEFT} ${TOP + INNER_HEIGHT}H${WIDTH - RIGHT}"/>`,
    `<text class="text" x="${LEFT + INNER_WIDTH / 2}" y="${HEIGHT - 14}" text-anchor="middle">${escaped(label)}</text>`,
  ];
}

function axisY({ label, scale }: Chart['y']): string[] {
  const ticks = scale.ticks.map((tick) => {
    const y = place(TOP + (1 - scale.at(tick)) * INNER_HEIGHT);
    return `<path class="grid" d="M${LEFT} ${y}H${WIDTH - RIGHT}"/><text class="quiet" x="${LEFT - 8}" y="${y}" dy="4" text-anchor="end">${shown(tick)}</text>`;
  });
  const middle = TOP + INNER_HEIGHT / 2;
  return [
    ...ticks,
    `<text class="text" x="20" y="${middle}" text-anchor="middle" transform="rotate(-90 20 ${middle})">${escaped(label)}</text>`,
  ];
}

/** Widths of letters are not known here: about this many pixels each, on the safe side. */
const LETTER = 7.2;
const KEY = 26;

function legend(series: readonly ChartSeries[]): string[] {
  const drawn: string[] = [];
  let x = LEFT;
  let y = 50;
  for (const { name, tone, kind } of series) {
    const width = KEY + name.length * LETTER + 18;
    if (x + width > WIDTH) [x, y] = [LEFT, y + 20];
    if (kind !== 'marks')
      drawn.push(
        `<path class="line l${tone}" d="M${x} ${y - 4}h20"${kind === 'dashed' ? ' stroke-dasharray="6 4"' : ''}/>`,
      );
    if (kind === 'marks' || kind === 'line_and_marks') drawn.push(mark(x + 10, y - 4, tone));
    drawn.push(`<text class="text" x="${x + KEY}" y="${y}">${escaped(name)}</text>`);
    x += width;
  }
  return drawn;
}

/** Circle, square, triangle or diamond, so that series differ without their colours. */
function mark(x: number, y: number, tone: Tone): string {
  const shapes = ['M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0', 'M-4-4h8v8h-8z', 'M0-5L5 4H-5z', 'M0-5L5 0L0 5L-5 0z'];
  return `<path class="m${tone}" transform="translate(${place(x)} ${place(y)})" d="${shapes[tone % shapes.length]}"/>`;
}

function drawnSeries({ points, tone, kind }: ChartSeries, chart: Chart): string[] {
  const placed = points.map(([x, y]) => [xOf(chart, x), yOf(chart, y)] as const);
  const marks = kind === 'marks' || kind === 'line_and_marks' ? placed.map(([x, y]) => mark(x, y, tone)) : [];
  if (kind === 'marks' || placed.length < 2) return marks;
  const path = placed.map(([x, y], n) => `${n === 0 ? 'M' : 'L'}${place(x)} ${place(y)}`).join('');
  return [`<path class="line l${tone}" d="${path}"${kind === 'dashed' ? ' stroke-dasharray="6 4"' : ''}/>`, ...marks];
}

function drawnGuide({ axis, at, name, band }: Guide, chart: Chart): string[] {
  const text = escaped(name);
  if (axis === 'y') {
    const y = place(yOf(chart, at));
    return [
      `<path class="guide" stroke-dasharray="2 3" d="M${LEFT} ${y}H${WIDTH - RIGHT}"/>`,
      `<text class="text" x="${LEFT + 6}" y="${y}" dy="-5">${text}</text>`,
    ];
  }
  const x = xOf(chart, at);
  const shade =
    band === null
      ? []
      : [
          `<rect class="band" x="${place(xOf(chart, band[0]))}" y="${TOP}" width="${place(Math.max(1, xOf(chart, band[1]) - xOf(chart, band[0])))}" height="${INNER_HEIGHT}"/>`,
        ];
  const right = x > WIDTH / 2;
  return [
    ...shade,
    `<path class="guide" stroke-dasharray="2 3" d="M${place(x)} ${TOP}V${TOP + INNER_HEIGHT}"/>`,
    `<text class="text" x="${place(x + (right ? -6 : 6))}" y="${TOP + 14}" text-anchor="${right ? 'end' : 'start'}">${text}</text>`,
  ];
}
