/** What `wp-chat capacity` is asked, checked: numbers in their ranges, rates that rise, queries that can be read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../engine/errors.ts';
import { packageRoot } from '../../engine/package-root.ts';
import { ARRIVALS, type Arrivals, loopbackTarget, type SweepPlan } from '../../ops/capacity/index.ts';
import { numberOf } from './bench-options.ts';

export interface CapacityOptions {
  readonly url?: string;
  readonly from?: readonly string[];
  readonly rates: string;
  readonly minRate: string;
  readonly maxRate: string;
  readonly seconds: string;
  readonly thresholdMs: string;
  readonly deadlineMs: string;
  readonly arrivals: string;
  readonly queries?: string;
  readonly fresh?: string;
  readonly parameters: string;
  readonly seed?: string;
  readonly maxRequests: string;
  readonly maxSeconds: string;
  readonly now?: string;
  readonly workers?: string;
  readonly batchMax?: string;
  readonly tag?: string;
  readonly unitRatio?: string;
  readonly out?: string;
  readonly check: boolean;
}

const SEED_MAX = 2 ** 31 - 1;
const RATE = { low: 0.01, high: 1e6, whole: false } as const;

export const thresholdOf = ({ thresholdMs }: CapacityOptions): number =>
  numberOf('threshold-ms', thresholdMs, { low: 0.01, high: 3_600_000, whole: false });

/** Null where it was not said. */
export const seedOf = ({ seed }: CapacityOptions): number | null =>
  seed === undefined ? null : numberOf('seed', seed, { low: 0, high: SEED_MAX, whole: true });

/** Null where it was not said. */
export const nowOf = ({ now }: CapacityOptions): number | null =>
  now === undefined ? null : numberOf('now', now, { low: 0, high: 1e6, whole: false });

export const workersOf = ({ workers }: CapacityOptions): number | null =>
  workers === undefined ? null : numberOf('workers', workers, { low: 1, high: 1024, whole: true });

export const batchMaxOf = ({ batchMax }: CapacityOptions): number | null =>
  batchMax === undefined ? null : numberOf('batch-max', batchMax, { low: 1, high: 256, whole: true });

export const unitRatioOf = ({ unitRatio }: CapacityOptions): number | null =>
  unitRatio === undefined ? null : numberOf('unit-ratio', unitRatio, { low: 1e-3, high: 1e12, whole: false });

/** @throws EngineError config_invalid | request_invalid with option, value and what is allowed */
export function sweepPlanOf(options: CapacityOptions, url: string): SweepPlan {
  const { low, high } = {
    low: numberOf('min-rate', options.minRate, RATE),
    high: numberOf('max-rate', options.maxRate, RATE),
  };
  if (low > high) throw invalid('min-rate', options.minRate, `at most --max-rate ${high}`);
  const queries = queriesOf(options.queries);
  return {
    target: loopbackTarget(url),
    queries,
    // Whoever brings queries brings their repetitions with them.
    fresh: numberOf('fresh', options.fresh ?? (options.queries === undefined ? '1' : '0'), {
      low: 0,
      high: 1,
      whole: false,
    }),
    parameters: parametersOf(options.parameters),
    arrivals: arrivalsOf(options.arrivals),
    seconds: numberOf('seconds', options.seconds, { low: 0.1, high: 3600, whole: false }),
    deadlineMs: numberOf('deadline-ms', options.deadlineMs, { low: 1, high: 600_000, whole: false }),
    rates: ratesOf(options.rates),
    rateMin: low,
    rateMax: high,
    thresholdMs: thresholdOf(options),
    // Another one each time: queries of an earlier sweep are remembered by the server, and no longer new.
    seed: seedOf(options) ?? Date.now() % SEED_MAX,
    requestsMax: numberOf('max-requests', options.maxRequests, { low: 1, high: 1e9, whole: true }),
    secondsMax: numberOf('max-seconds', options.maxSeconds, { low: 1, high: 86_400, whole: false }),
  };
}

/** Null for `auto`. */
function ratesOf(text: string): number[] | null {
  if (text === 'auto') return null;
  const rates = text.split(',').map((one) => numberOf('rates', one, RATE));
  if (rates.some((rate, at) => at > 0 && rate <= rates[at - 1]!))
    throw invalid('rates', text, 'rates that rise, such as 10,20,40');
  if (rates.length < 2) throw invalid('rates', text, 'two rates at least, or auto: one says nothing about growth');
  return rates;
}

function arrivalsOf(text: string): Arrivals {
  const found = ARRIVALS.find((one) => one === text);
  if (found === undefined) throw invalid('arrivals', text, ARRIVALS.join(' or '));
  return found;
}

/** Brought into the form that a request line can carry. */
function parametersOf(text: string): string {
  const parameters = new URLSearchParams(text);
  if (parameters.has('q')) throw invalid('parameters', text, 'parameters beside q, such as topk=10&rerank=false');
  return parameters.toString();
}

const SAMPLE = join(packageRoot, 'data/sample/queries.jsonl');

/** One a line, as text or as JSON with a field `text` or `query`; without a file those of the sample site. */
export function queriesOf(file: string = SAMPLE): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new EngineError('source_unreadable', `Cannot read queries: ${(error as Error).message}`, {
      file,
      expected: 'a file with one query a line',
    });
  }
  const queries = text
    .split(/\r?\n/)
    .flatMap((line, at) => (line.trim() === '' ? [] : [queryIn(line.trim(), file, at + 1)]));
  if (queries.length === 0)
    throw new EngineError('source_invalid', `Cannot ask anything: no query in ${file}`, {
      file,
      expected: 'a file with one query a line',
    });
  return queries;
}

function queryIn(line: string, file: string, number: number): string {
  if (!line.startsWith('{')) return line;
  let value: { text?: unknown; query?: unknown };
  try {
    value = JSON.parse(line) as typeof value;
  } catch {
    value = {};
  }
  const query = value.text ?? value.query;
  if (typeof query === 'string' && query.trim() !== '') return query;
  throw new EngineError('source_invalid', `Cannot read query: ${file}:${number}: ${line.slice(0, 80)}`, {
    file,
    line: number,
    expected: 'text, or JSON with a field text or query',
  });
}

const invalid = (option: string, value: string, expected: string): EngineError =>
  new EngineError('request_invalid', `--${option}: expected ${expected}, got: ${value}`, {
    field: option,
    value,
    expected,
  });
