/**
 * In which order are queries asked?
 *
 * Logs that may be shared hold each query once. How often each is asked is drawn: popularity falls with its rank by Zipf's law,
 * as that of web queries does (Breslau et al. 1999 find exponents of 0.64 to 0.83 for pages; 0.9 is between those and head-heavy
 * query logs).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';

const LOGS = ['wordpress-stackexchange.jsonl', 'msmarco-passage-dev.jsonl'];
const EXPONENT = 0.9;
/** So many requests, then a scan of so many queries that are asked once. */
const SCAN_EVERY = 5000;
const SCAN_LENGTH = 2000;
/** After so many requests a tenth of the ranks go to other queries. */
const DRIFT_EVERY = 10_000;

export interface Trace {
  readonly name: string;
  readonly about: string;
  readonly queries: readonly string[];
}

/** Every query of the logs, once. */
export function logQueries(): string[] {
  const folder = join(packageRoot, '../shared/datasets/query-logs');
  const lines = LOGS.flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'));
  return [...new Set(lines.map((line) => (JSON.parse(line) as { text: string }).text))];
}

/** mulberry32: uniform in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

function zipf(ranks: number, random: () => number): () => number {
  const sums = new Float64Array(ranks);
  let sum = 0;
  for (let rank = 0; rank < ranks; rank++) sums[rank] = sum += (rank + 1) ** -EXPONENT;
  return () => {
    const aim = random() * sum;
    let low = 0;
    let high = ranks - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! < aim) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

export function traces(queries: readonly string[], length: number, seed: number): Trace[] {
  const steady = (drift: boolean): string[] => {
    const random = randomFrom(seed);
    const rank = zipf(queries.length, random);
    const order = [...queries];
    const shuffle = (times: number): void => {
      for (let n = 0; n < times; n++) {
        const [one, other] = [rank(), Math.floor(random() * order.length)];
        [order[one], order[other]] = [order[other]!, order[one]!];
      }
    };
    shuffle(queries.length);
    return Array.from({ length }, (_, at) => {
      if (drift && at > 0 && at % DRIFT_EVERY === 0) shuffle(queries.length / 10);
      return order[rank()]!;
    });
  };
  const plain = steady(false);
  const scanned = plain.flatMap((query, at) =>
    at % SCAN_EVERY === SCAN_EVERY - 1
      ? [query, ...Array.from({ length: SCAN_LENGTH }, (_, n) => `scan ${at} ${n}`)]
      : [query],
  );
  return [
    { name: 'steady', about: 'popularity stays', queries: plain },
    {
      name: 'drifting',
      about: `popularity moves: a tenth of the ranks change every ${DRIFT_EVERY} requests`,
      queries: steady(true),
    },
    {
      name: 'scanned',
      about: `popularity stays; after every ${SCAN_EVERY} requests a crawler asks ${SCAN_LENGTH} things once`,
      queries: scanned,
    },
  ];
}
