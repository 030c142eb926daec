/**
 * How are real weights turned into integers, and how far may a sum then be from the truth?
 *
 * A term adds contribution(code, weight) = code × weight / 256 rounded. The real weight β of a term is chosen so that
 * code 255 stands for idf × query weight × largest part, times one scale for the whole query (`sumPerScore`), and so
 * that all terms together stay below 2¹⁶. The true, scaled contribution of a posting with real code x (code − 1 < x ≤
 * code) is β·x/256. With weight w = round(β):
 *     contribution − β·x/256 ≤ ½ + (β + 255·max(0, w − β)) / 256      too high by at most this
 *     β·x/256 − contribution ≤ ½ + 255·max(0, β − w) / 256            too low by at most this (`errorAbove`)
 * Summed over the terms these bound any document. Two documents whose sums differ by more than both together
 * (`errorWidth`) are in their true order. Two units of slack cover the rounding of doubles and of f32 scores.
 */
import {
  CODE_MAX,
  DIRECTORY_BYTES,
  DIRECTORY_SENTINEL,
  RECORD_CODES_AT,
  RECORD_DENSE,
  RECORD_DIRECTORY_AT,
  RECORD_DOCUMENTS_AT,
  RECORD_KTH_CODES,
  RECORD_PART_MAX,
} from '../format';
import {
  IMAGE_AT,
  TERM_BYTES,
  TERM_CODES,
  TERM_CURSOR,
  TERM_DENSE,
  TERM_DOCUMENTS,
  TERM_MULTIPLIER,
  TERM_RECORD,
  TERM_WEIGHT,
  TERMS,
} from '../memory';
import { contribution } from './lanes';
import { scratch } from './place';

const SUM_MAX: f64 = 65535;
const WEIGHT_MAX: f64 = 32767;
/** Below this a code of 1 would be rounded to nothing, and a document lost. */
const WEIGHT_MIN: u32 = 128;
const SLACK: f64 = 2;

export let terms: u32 = 0;
export let sumPerScore: f64 = 0;
export let errorAbove: f64 = 0;
export let errorWidth: u32 = 0;

/** Sets the weights, cursors and error bounds of the first `count` query terms. */
export function weigh(count: u32): void {
  terms = count;
  let total: f64 = 0;
  let largest: f64 = 0;
  const first = scratch + TERMS;
  const end = first + <usize>terms * TERM_BYTES;
  for (let term = first; term < end; term += TERM_BYTES) {
    const most = load<f64>(term, TERM_MULTIPLIER) * load<f64>(load<u32>(term, TERM_RECORD), RECORD_PART_MAX);
    total += most;
    largest = max(largest, most);
  }
  // The budget leaves each term the rounding of its weight, or its raising to the least one, and of its contribution.
  const weightPerScore = min((SUM_MAX - <f64>(WEIGHT_MIN + 2) * <f64>terms) / total, (WEIGHT_MAX - 1) / largest);
  sumPerScore = (weightPerScore * CODE_MAX) / 256;
  let above: f64 = 0;
  let below: f64 = 0;
  for (let term = first; term < end; term += TERM_BYTES) {
    const record: usize = load<u32>(term, TERM_RECORD);
    const real = load<f64>(term, TERM_MULTIPLIER) * load<f64>(record, RECORD_PART_MAX) * weightPerScore;
    const weight = max(<u32>(real + 0.5), WEIGHT_MIN);
    store<u32>(term, weight, TERM_WEIGHT);
    store<u32>(term, IMAGE_AT + load<u32>(record, RECORD_DIRECTORY_AT), TERM_CURSOR);
    store<u32>(term, IMAGE_AT + load<u32>(record, RECORD_DOCUMENTS_AT), TERM_DOCUMENTS);
    store<u32>(term, IMAGE_AT + load<u32>(record, RECORD_CODES_AT), TERM_CODES);
    store<u32>(term, load<u32>(record, RECORD_DENSE), TERM_DENSE);
    above += 0.5 + (max(0, real - <f64>weight) * CODE_MAX) / 256;
    below += 0.5 + (real + max(0, <f64>weight - real) * CODE_MAX) / 256;
  }
  errorAbove = above + SLACK;
  errorWidth = <u32>(above + below + SLACK) + 1;
}

/**
 * A sum that k documents reach for certain: the k-th largest code of one term, `kth` being the place of the next k for
 * which codes are stored.
 */
export function floorOf(kth: u32): u32 {
  let floor: u32 = 0;
  const first = scratch + TERMS;
  const end = first + <usize>terms * TERM_BYTES;
  for (let term = first; term < end; term += TERM_BYTES) {
    const code: u32 = load<u8>(load<u32>(term, TERM_RECORD) + kth, RECORD_KTH_CODES);
    floor = max(floor, contribution(code, load<u32>(term, TERM_WEIGHT)));
  }
  return floor;
}

/** The lowest window that some term's cursor stands at; the sentinel when all are done. */
export function nextWindow(): u32 {
  let window: u32 = DIRECTORY_SENTINEL;
  const first = scratch + TERMS;
  const end = first + <usize>terms * TERM_BYTES;
  for (let term = first; term < end; term += TERM_BYTES)
    window = min(window, <u32>load<u16>(load<u32>(term, TERM_CURSOR)));
  return window;
}

/** Moves a term on to its next window. */
export function advance(term: usize): void {
  store<u32>(term, load<u32>(term, TERM_CURSOR) + DIRECTORY_BYTES, TERM_CURSOR);
}
