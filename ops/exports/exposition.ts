/**
 * Families of metrics as the text that Prometheus reads: OpenMetrics 1.0, or its own text format 0.0.4.
 *
 * The two differ in their heads, in how a counter is named there, and in what only OpenMetrics can say: units, when a
 * series began, and exemplars. Samples are the same, to the letter, so that a change of format breaks no query.
 */
import { BOUNDS_NS, type Exemplar } from '../metrics/totals.ts';

export type MetricsFormat = 'openmetrics' | 'text';

/** By name, in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>;

export interface NumberSample {
  readonly labels: Labels;
  readonly value: number;
}

/** Durations in the buckets of {@link BOUNDS_NS}. */
export interface HistogramSample {
  readonly labels: Labels;
  /** Events in each bucket alone; the last is beyond all bounds. */
  readonly buckets: ArrayLike<number>;
  readonly sumNs: number;
  readonly exemplars: ReadonlyMap<number, Exemplar>;
}

/** A name without the suffix of its type, ending in its unit where it has one; `info` is a gauge that is always 1. */
export type Family = { readonly name: string; readonly help: string } & (
  | { readonly type: 'gauge' | 'counter' | 'info'; readonly samples: readonly NumberSample[] }
  | { readonly type: 'histogram'; readonly samples: readonly HistogramSample[] }
);

const NS_PER_S = 1e9;
const SUFFIX = { gauge: '', counter: '_total', info: '_info', histogram: '' } as const;
const UNITS = ['seconds', 'bytes', 'ratio'];
/** OpenMetrics: of the names and values of an exemplar's labels together. */
const EXEMPLAR_CHARS_MAX = 128;

/**
 * A bound as the `le` label has it: with a decimal point always (OpenMetrics, "Canonical Numbers"), in both formats, so that
 * a rule that names a bound holds for both.
 */
export function boundText(ns: number): string {
  const text = String(ns / NS_PER_S);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
const LE = [...BOUNDS_NS.map(boundText), '+Inf'];

/** @param createdMs since when everything has been counted, milliseconds since the epoch */
export function exposition(families: readonly Family[], format: MetricsFormat, createdMs: number): string {
  const created = format === 'openmetrics' ? createdMs / 1000 : null;
  let text = '';
  for (const family of families) {
    if (family.samples.length === 0) continue;
    text += head(family, format);
    if (family.type === 'histogram')
      for (const sample of family.samples) text += histogram(family.name, sample, created);
    else text += numbers(family.name, family.type, family.samples, created);
  }
  return format === 'openmetrics' ? `${text}# EOF\n` : text;
}

function head({ name, help, type }: Family, format: MetricsFormat): string {
  if (format === 'text') {
    const full = name + SUFFIX[type];
    return `# HELP ${full} ${escaped(help)}\n# TYPE ${full} ${type === 'info' ? 'gauge' : type}\n`;
  }
  const unit = UNITS.find((each) => name.endsWith(`_${each}`));
  const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`;
  return `# TYPE ${name} ${type}\n${unitLine}# HELP ${name} ${escaped(help)}\n`;
}

function numbers(
  name: string,
  type: 'gauge' | 'counter' | 'info',
  samples: readonly NumberSample[],
  created: number | null,
): string {
  let text = '';
  for (const { labels, value } of samples) {
    const inside = labelText(labels);
    text += `${name}${SUFFIX[type]}${braced(inside)} ${numberText(value)}\n`;
    if (type === 'counter' && created !== null) text += `${name}_created${braced(inside)} ${created}\n`;
  }
  return text;
}

function histogram(name: string, sample: HistogramSample, created: number | null): string {
  const { labels, buckets, sumNs, exemplars } = sample;
  const inside = labelText(labels);
  const lead = inside === '' ? '' : `${inside},`;
  let text = '';
  let seen = 0;
  for (const [at, le] of LE.entries()) {
    seen += buckets[at] ?? 0;
    const exemplar = created === null ? undefined : exemplars.get(at);
    text += `${name}_bucket{${lead}le="${le}"} ${seen}${exemplar === undefined ? '' : exemplarText(exemplar, at)}\n`;
  }
  text += `${name}_count${braced(inside)} ${seen}\n${name}_sum${braced(inside)} ${numberText(sumNs / NS_PER_S)}\n`;
  return created === null ? text : `${text}${name}_created${braced(inside)} ${created}\n`;
}

/** Nothing where it would break the whole page: too long a label, or a value that is not in the bucket. */
function exemplarText({ requestId, ns, timeMs }: Exemplar, bucket: number): string {
  const chars = 'trace_id'.length + [...requestId].length;
  const inBucket = ns > (BOUNDS_NS[bucket - 1] ?? -1) && ns <= (BOUNDS_NS[bucket] ?? Number.POSITIVE_INFINITY);
  if (requestId === '' || chars > EXEMPLAR_CHARS_MAX || !inBucket) return '';
  return ` # {${labelText({ trace_id: requestId })}} ${ns / NS_PER_S} ${(timeMs / 1000).toFixed(3)}`;
}

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');

const braced = (inside: string): string => (inside === '' ? '' : `{${inside}}`);

/** NUL ends the input of Prometheus's own reader, and half a surrogate pair is no UTF-8. */
const UNFIT = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
const escaped = (text: string): string =>
  text.replaceAll(UNFIT, '\ufffd').replaceAll(/[\\"\n]/g, (char) => ESCAPES[char]!);

const numberText = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
