/** How does a chart of lines look here? The one door to the chart library: colours of the page, our axes, lines to stay below. */
import uPlot from './uPlot.esm.js';

/** @typedef {import('uplot')} Plot */
/** @typedef {(number | null)[]} Column */
/** @typedef {{ name: string, label: string, colour: string, dash?: number[], isFilled?: boolean }} Line */
/** @typedef {{ value: number, label: string }} Mark a height that should not be passed */
/** @typedef {[number, number]} Span lowest and highest */
/**
 * @typedef {object} Look
 * @property {readonly Line[]} lines
 * @property {boolean} isTime whether x are seconds since the epoch; otherwise it is logarithmic
 * @property {boolean} isLogarithmic of y
 * @property {(splits: number[]) => string[]} xWords
 * @property {(value: number) => string} yWords for the axis
 * @property {(low: number, high: number) => number[]} [xSplits]
 * @property {(low: number | null, high: number | null, marks: readonly Mark[]) => Span} ySpan from the lowest and highest value
 */

const HEIGHT = 208;
const FONT = '12px "Segoe UI", "Open Sans", "Noto Sans", system-ui, sans-serif';
const HOUR_S = 3600;
/** Between the times on an axis: as short as a label of minutes or days has room for. */
const TIME_STEPS_S = [
  60,
  120,
  300,
  600,
  900,
  1800,
  ...[1, 2, 3, 6, 12, 24, 48, 96, 168].map((hours) => hours * HOUR_S),
];
const DARK = matchMedia('(prefers-color-scheme: dark)');

/** @type {Map<string, string>} */
const colours = new Map();
DARK.addEventListener('change', () => colours.clear());

/** As the style sheets have it now. @param {string} name of a custom property, without its dashes */
function colourOf(name) {
  const known = colours.get(name);
  if (known !== undefined) return known;
  const read = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  colours.set(name, read);
  return read;
}

export class Chart {
  /** Rows under the pointer, or null. @type {number | null} */
  at = null;
  #plot;
  /** @type {Span} */
  #span = [0, 1];
  /** @type {readonly Mark[]} */
  #marks = [];

  /**
   * @param {HTMLElement} place which the chart fills
   * @param {Look} look
   * @param {string | null} syncKey charts with the same show the pointer at the same time
   * @param {() => void} onPoint called when the pointer is elsewhere
   */
  constructor(place, look, syncKey, onPoint) {
    this.#plot = new uPlot(this.#options(look, syncKey, onPoint), undefined, place);
    new ResizeObserver(() => {
      if (place.clientWidth > 0) this.#plot.setSize({ width: place.clientWidth, height: HEIGHT });
    }).observe(place);
    DARK.addEventListener('change', () => this.#plot.redraw(false));
  }

  /** @param {number[]} x @param {Column[]} columns one a line @param {Span} span of x @param {readonly Mark[]} marks */
  show(x, columns, span, marks) {
    this.#span = span;
    this.#marks = marks;
    const isEmpty = x.length === 0;
    this.#plot.setData(isEmpty ? [[...span], ...columns.map(() => [null, null])] : [x, ...columns]);
  }

  /** @param {Look} look @param {string | null} syncKey @param {() => void} onPoint @returns {import('uplot').Options} */
  #options(look, syncKey, onPoint) {
    const { lines, isTime, isLogarithmic, ySpan } = look;
    return {
      width: 320,
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      legend: { show: false },
      padding: [14, isTime ? 12 : 26, 0, 0],
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 7 },
        ...(syncKey === null ? {} : { sync: { key: syncKey } }),
      },
      scales: {
        x: { time: isTime, distr: isTime ? 1 : 3, range: () => this.#span },
        y: { distr: isLogarithmic ? 3 : 1, range: (_, low, high) => ySpan(low, high, this.#marks) },
      },
      axes: axesOf(look),
      series: [
        {},
        ...lines.map(({ label, colour, dash, isFilled }) => ({
          label,
          width: 1.5,
          stroke: () => colourOf(colour),
          points: lonelyPoints(colour),
          ...(dash ? { dash } : {}),
          ...(isFilled ? { fill: () => colourOf('wash') } : {}),
        })),
      ],
      hooks: {
        draw: [(plot) => drawMarks(plot, this.#marks, isTime)],
        setCursor: [
          ({ cursor }) => {
            const at = cursor.idx ?? null;
            if (at === this.at) return;
            this.at = at;
            onPoint();
          },
        ],
      },
    };
  }
}

/** @param {Look} look @returns {import('uplot').Axis[]} */
function axesOf({ xWords, yWords, xSplits, isTime, isLogarithmic }) {
  const common = {
    stroke: () => colourOf('muted'),
    font: FONT,
    grid: { stroke: () => colourOf('rule'), width: 1 },
    ticks: { stroke: () => colourOf('rule'), width: 1, size: 4 },
  };
  return [
    {
      ...common,
      size: 28,
      gap: 4,
      space: 46,
      incrs: TIME_STEPS_S,
      filter: (_, splits) => splits,
      grid: { show: !isTime, stroke: () => colourOf('rule'), width: 1 },
      values: (_, splits) => xWords(splits),
      ...(xSplits ? { splits: (_plot, _axis, low, high) => xSplits(low, high) } : {}),
    },
    {
      ...common,
      size: 58,
      gap: 4,
      space: 34,
      filter: (_, splits) => splits,
      ticks: { show: false },
      ...(isLogarithmic ? { splits: (_plot, _axis, low, high) => decades(low, high) } : {}),
      values: (_, splits) => splits.map(yWords),
    },
  ];
}

/** @param {string} colour @returns {import('uplot').Series.Points} */
const lonelyPoints = (colour) => ({
  show: false,
  size: 4,
  fill: () => colourOf(colour),
  filter: ({ data }, line) => lonely(data[line] ?? []),
});

/**
 * Points without a neighbour, which no line goes through: where searches are few, they are all there is.
 * @param {import('uplot').TypedArray | readonly (number | null | undefined)[]} column
 * @returns {number[]}
 */
function lonely(column) {
  const at = [];
  for (let row = 0; row < column.length; row++) {
    if (isMeasured(column[row]) && !isMeasured(column[row - 1]) && !isMeasured(column[row + 1])) at.push(row);
  }
  return at;
}

/** @param {number | null | undefined} value */
const isMeasured = (value) => value !== null && value !== undefined;

/** Powers of ten in the span. @param {number} low @param {number} high */
export function decades(low, high) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => 10 ** (first + at));
}

/** The words stand where the lines rarely are. @param {Plot} plot @param {readonly Mark[]} marks @param {boolean} isAtStart */
function drawMarks({ ctx, bbox, scales, valToPos }, marks, isAtStart) {
  const ratio = devicePixelRatio;
  const { min, max } = scales['y'] ?? {};
  ctx.save();
  ctx.strokeStyle = colourOf('bad');
  ctx.fillStyle = colourOf('bad');
  ctx.lineWidth = ratio;
  ctx.setLineDash([2 * ratio, 4 * ratio]);
  ctx.font = FONT.replace('12', `${11 * ratio}`);
  ctx.textAlign = isAtStart ? 'left' : 'right';
  const x = isAtStart ? bbox.left + 4 * ratio : bbox.left + bbox.width - 4 * ratio;
  ctx.textBaseline = 'bottom';
  for (const { value, label } of marks) {
    if (value < (min ?? 0) || value > (max ?? 0)) continue;
    const y = Math.round(valToPos(value, 'y', true));
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillText(label, x, y - 2 * ratio);
  }
  ctx.restore();
}
