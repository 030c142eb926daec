/** What is asked of an export? `format=hlog&from=-1h&endpoint=/search`, read or refused parameter by parameter. */
import { RESOLUTIONS_S, type ResolutionS } from '../metrics/interval.ts';
import { type Series, STAGES } from '../metrics/series.ts';
import { CACHE_USES, OUTCOMES, RERANK_USES } from '../sample.ts';
import { MOMENT_EXPECTED, parseMoment } from './moment.ts';

export const EXPORT_FORMATS = ['json', 'csv', 'hlog', 'percentiles'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** By field of a series, the values that are let through; a field that is absent lets all through. */
export type SeriesFilter = ReadonlyMap<keyof Series, ReadonlySet<string>>;

export interface Selection {
  readonly format: ExportFormat;
  /** Of CSV: a line for each bucket, which loses nothing, instead of one for each series. */
  readonly buckets: boolean;
  /** Intervals that begin at or after `fromMs` and before `toMs`. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly resolutionS: ResolutionS;
  readonly only: SeriesFilter;
}

/** What is wrong with a parameter, and what would have been right. */
export interface SelectionFault {
  readonly field: string;
  readonly value: string | null;
  readonly expected: string;
}

export type ParsedSelection =
  | { readonly ok: true; readonly value: Selection }
  | { readonly ok: false; readonly faults: readonly SelectionFault[] };

export interface SelectionBounds {
  readonly nowMs: number;
  /** How far back the intervals of each length are kept. */
  readonly retentionMs: Readonly<Record<ResolutionS, number>>;
}

const FROM_DEFAULT = '-5m';
/** Values of one selector, and characters of each. */
const VALUES_MAX = 50;
const VALUE_CHARS_MAX = 200;
/** Faults that are told, and characters of each value. */
const FAULTS_MAX = 20;
const SHOWN_CHARS = 100;

const RESOLUTION_TEXTS: Readonly<Record<ResolutionS, string>> = { 1: '1s', 10: '10s', 60: '1m', 3600: '1h' };
export const resolutionText = (resolutionS: ResolutionS): string => RESOLUTION_TEXTS[resolutionS];

/** The values that a selector knows; null where the running server decides which there are. */
const SELECTORS: Readonly<Record<keyof Series, readonly string[] | null>> = {
  measure: ['total', 'queue', 'service', ...STAGES],
  endpoint: null,
  outcome: OUTCOMES,
  cache: CACHE_USES,
  rerank: RERANK_USES,
  arm: null,
};
const isSelector = (name: string): name is keyof Series => Object.hasOwn(SELECTORS, name);

const SINGLE = ['format', 'buckets', 'from', 'to', 'resolution'];
const NAMES = [...SINGLE, ...Object.keys(SELECTORS)];

const cut = (text: string): string => (text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text);
const fault = (field: string, value: string | null, expected: string): SelectionFault => ({
  field: cut(field),
  value: value === null ? null : cut(value),
  expected,
});

/** @param query as it stands behind the question mark; never throws, whatever it is */
export function parseSelection(query: string, bounds: SelectionBounds): ParsedSelection {
  const parameters = new URLSearchParams(query);
  const faults: SelectionFault[] = [];
  for (const name of new Set(parameters.keys())) {
    const values = parameters.getAll(name);
    if (!NAMES.includes(name)) faults.push(fault(name, values[0]!, `one of ${NAMES.join(', ')}`));
    else if (SINGLE.includes(name) && values.length > 1) faults.push(fault(name, values[1]!, 'given once'));
  }
  const format = chosen(parameters, 'format', EXPORT_FORMATS, faults) ?? 'json';
  const buckets = chosen(parameters, 'buckets', ['true', 'false'], faults) === 'true';
  if (buckets && format !== 'csv') faults.push(fault('buckets', 'true', 'format=csv beside it; the others have them'));
  const only = filterOf(parameters, faults);
  const range = rangeOf(parameters, bounds, faults);
  if (range === null || faults.length > 0) return { ok: false, faults: faults.slice(0, FAULTS_MAX) };
  return { ok: true, value: { format, buckets, only, ...range } };
}

function chosen<Value extends string>(
  parameters: URLSearchParams,
  name: string,
  values: readonly Value[],
  faults: SelectionFault[],
): Value | null {
  const text = parameters.get(name);
  if (text === null) return null;
  const value = values.find((one) => one === text);
  if (value === undefined) faults.push(fault(name, text, `one of ${values.join(', ')}`));
  return value ?? null;
}

function filterOf(parameters: URLSearchParams, faults: SelectionFault[]): SeriesFilter {
  const only = new Map<keyof Series, ReadonlySet<string>>();
  for (const name of Object.keys(SELECTORS).filter(isSelector)) {
    const values = new Set(parameters.getAll(name));
    if (values.size > 0) only.set(name, values);
    if (values.size > VALUES_MAX) faults.push(fault(name, `${values.size} values`, `at most ${VALUES_MAX} values`));
    else for (const value of values) faults.push(...selectorFaults(name, value));
  }
  return only;
}

function selectorFaults(name: keyof Series, value: string): SelectionFault[] {
  const known = SELECTORS[name];
  if (known !== null) return known.includes(value) ? [] : [fault(name, value, `one of ${known.join(', ')}`)];
  if (value === '' || value.length > VALUE_CHARS_MAX) return [fault(name, value, `1 to ${VALUE_CHARS_MAX} characters`)];
  return name === 'endpoint' && !value.startsWith('/') ? [fault(name, value, 'a route, such as /search')] : [];
}

type Range = Pick<Selection, 'fromMs' | 'toMs' | 'resolutionS'>;

/** Null where it was refused, with the fault added. */
function rangeOf(parameters: URLSearchParams, bounds: SelectionBounds, faults: SelectionFault[]): Range | null {
  const { nowMs, retentionMs } = bounds;
  const told = faults.length;
  const moment = (name: string, otherwise: string): number => {
    const text = parameters.get(name) ?? otherwise;
    const ms = parseMoment(text, nowMs);
    if (ms === null) faults.push(fault(name, text, MOMENT_EXPECTED));
    return ms ?? nowMs;
  };
  const fromMs = moment('from', FROM_DEFAULT);
  // What is still to come has no intervals, and would only be walked through.
  const toMs = Math.min(moment('to', 'now'), nowMs);
  const asked = chosen(parameters, 'resolution', Object.values(RESOLUTION_TEXTS), faults);
  if (faults.length > told) return null;

  const available = `${RESOLUTIONS_S.map((each) => `${resolutionText(each)} since ${iso(nowMs - retentionMs[each])}`).join(', ')}; now is ${iso(nowMs)}`;
  const refuse = (name: 'from' | 'to', expected: string): null => {
    faults.push(fault(name, parameters.get(name), `${expected}; kept are ${available}`));
    return null;
  };
  if (fromMs >= nowMs) return refuse('from', 'a time before now');
  if (fromMs >= toMs) return refuse('to', `a time after ${iso(fromMs)}`);
  const covering = RESOLUTIONS_S.filter((each) => fromMs >= nowMs - retentionMs[each]);
  const resolutionS = asked === null ? covering[0] : covering.find((each) => resolutionText(each) === asked);
  if (resolutionS === undefined) return refuse('from', `a time that ${asked ?? 'some resolution'} reaches back to`);
  const lengthMs = resolutionS * 1000;
  if (Math.ceil(fromMs / lengthMs) * lengthMs >= toMs)
    return refuse('from', `a range in which an interval of ${resolutionText(resolutionS)} begins`);
  return { fromMs, toMs, resolutionS };
}

/** The calendar of JavaScript ends 100,000,000 days around the epoch. */
const DATE_MS_MAX = 8.64e15;
const iso = (ms: number): string =>
  new Date(Math.min(Math.max(ms, -DATE_MS_MAX), DATE_MS_MAX)).toISOString().replace('.000Z', 'Z');
