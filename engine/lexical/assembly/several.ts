/** Which documents of several essential terms can reach the bound? Their contributions are added up, term by term. */
import {
  ACCUMULATORS,
  ORDER,
  TERM_CODES,
  TERM_DENSE,
  TERM_DOCUMENTS,
  TERM_END,
  TERM_FIRST,
  TERM_WEIGHT,
} from '../memory';
import { addDense, clearSums, contribution, sumsReaching } from './lanes';
import { scratch } from './place';
import { offer, partialNeed } from './probe';

/** With fewer postings than one in this many documents, the postings are walked again instead of scanning all sums. */
const SCAN_SHARE: u32 = 12;

/** Offers the documents of the terms at places `from` … `to` − 1 of ORDER, in a window of `span` documents. */
export function offerSeveral(from: u32, to: u32, span: u32): void {
  let postings: u32 = 0;
  let anyDense = false;
  for (let i = from; i < to; i++) {
    const term = termAt(i);
    if (load<u32>(term, TERM_DENSE)) anyDense = true;
    else postings += load<u32>(term, TERM_END) - load<u32>(term, TERM_FIRST);
  }
  for (let i = from; i < to; i++) {
    const term = termAt(i);
    if (load<u32>(term, TERM_DENSE)) {
      const codes = <usize>load<u32>(term, TERM_CODES) + load<u32>(term, TERM_FIRST);
      addDense(scratch + ACCUMULATORS, codes, load<u32>(term, TERM_WEIGHT), span);
    } else addSparse(term);
  }
  if (anyDense || postings > span / SCAN_SHARE) scan(span);
  else for (let i = from; i < to; i++) revisit(termAt(i));
}

function termAt(place: u32): usize {
  return load<u32>(scratch + ORDER + ((<usize>place) << 2));
}

function add(document: u32, by: u32): void {
  const sum = scratch + ACCUMULATORS + ((<usize>document) << 1);
  store<u16>(sum, load<u16>(sum) + by);
}

function addSparse(term: usize): void {
  const weight = load<u32>(term, TERM_WEIGHT);
  const first = load<u32>(term, TERM_FIRST);
  const end = load<u32>(term, TERM_END);
  let codes = <usize>load<u32>(term, TERM_CODES) + first;
  let documents = <usize>load<u32>(term, TERM_DOCUMENTS) + ((<usize>first) << 1);
  let left = end - first;
  while (left >= 4) {
    const four = load<u64>(documents);
    const code = load<u32>(codes);
    add(<u32>four & 0xffff, contribution(code & 0xff, weight));
    add(<u32>four >> 16, contribution((code >> 8) & 0xff, weight));
    add(<u32>(four >> 32) & 0xffff, contribution((code >> 16) & 0xff, weight));
    add(<u32>(four >> 48), contribution(code >> 24, weight));
    documents += 8;
    codes += 4;
    left -= 4;
  }
  while (left) {
    add(load<u16>(documents), contribution(load<u8>(codes), weight));
    documents += 2;
    codes += 1;
    left -= 1;
  }
}

/** Offers and zeroes the sums of one term's documents; a document met again by a later term is zero by then. */
function revisit(term: usize): void {
  const first = load<u32>(term, TERM_FIRST);
  const end = load<u32>(term, TERM_END);
  const documents: usize = load<u32>(term, TERM_DOCUMENTS);
  let least = partialNeed();
  for (let posting = first; posting < end; posting++) {
    const document: u32 = load<u16>(documents + ((<usize>posting) << 1));
    const at = scratch + ACCUMULATORS + ((<usize>document) << 1);
    const sum: u32 = load<u16>(at);
    store<u16>(at, 0);
    if (sum < least) continue;
    offer(document, sum);
    least = partialNeed();
  }
}

/** Offers and zeroes all sums of the window. */
function scan(span: u32): void {
  let least = partialNeed();
  for (let block: u32 = 0; block < span; block += 32) {
    const sums = scratch + ACCUMULATORS + ((<usize>block) << 1);
    let bits = sumsReaching(sums, least);
    if (bits) {
      while (bits) {
        const document = block + ctz(bits);
        bits &= bits - 1;
        offer(document, load<u16>(scratch + ACCUMULATORS + ((<usize>document) << 1)));
      }
      least = partialNeed();
    }
    clearSums(sums);
  }
}
