/** Where will everything lie? Measures the logged postings and assigns each section and each term its bytes. */
import { slotsFor } from './dictionary.ts';
import * as format from './format.ts';
import type { PostingLog } from './posting-log.ts';

/** What an index is made of. */
export interface Source {
  readonly k1: number;
  readonly b: number;
  readonly log: PostingLog;
  /** By term number. */
  readonly names: readonly string[];
  /** Tokens by document. */
  readonly lengths: Uint32Array;
}

/** BM25's saturated, length-normalised frequency, 0 … 1, by frequency and document. */
type Part = (frequency: number, document: number) => number;

export interface Layout {
  readonly part: Part;
  readonly averageLength: number;
  readonly tokens: number;
  readonly slots: number;
  readonly slotsAt: number;
  readonly lengthsAt: number;
  readonly termsAt: number;
  readonly totalBytes: number;
  readonly terms: TermMeasures;
  readonly places: TermPlaces;
}

/** By term number. */
interface TermMeasures {
  readonly df: Uint32Array;
  readonly partMax: Float64Array;
  /** Windows that hold a posting. */
  readonly windows: Uint32Array;
  /** Postings whose frequency does not fit a byte. */
  readonly escapes: Uint32Array;
  /** Bytes of codes, and again of frequencies: df, or for a dense term the documents rounded up to a vector step. */
  readonly strides: Uint32Array;
  /** Block entries of all windows. */
  readonly blocks: Uint32Array;
}

/** Offsets by term number. */
interface TermPlaces {
  readonly recordAt: Uint32Array;
  readonly directoryAt: Uint32Array;
  readonly blocksAt: Uint32Array;
  /** The documents of a sparse term lie before its codes, the frequencies of every term behind them. */
  readonly codesAt: Uint32Array;
  readonly escapesAt: Uint32Array;
}

/** Whether a term is stored as one byte a document. */
export function isDense(df: number, documents: number): boolean {
  return df * format.DENSE_SHARE > documents;
}

/** Measures the source and assigns offsets. Throws a RangeError when they would not fit 32 bits. */
export function layOut(source: Source): Layout {
  const { k1, b, lengths, names, log } = source;
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const averageLength = log.documents === 0 ? 0 : tokens / log.documents;
  const part: Part = (tf, document) => tf / (tf + k1 * (1 - b + (b * lengths[document]!) / averageLength));
  const terms = measure(source, part);
  const slots = slotsFor(names.length);
  const slotsAt = roundUp(format.HEADER_BYTES, format.SECTION_ALIGNMENT);
  const lengthsAt = roundUp(slotsAt + slots * format.SLOT_BYTES, format.SECTION_ALIGNMENT);
  const termsAt = roundUp(lengthsAt + lengths.length * 4, format.SECTION_ALIGNMENT);
  const { places, end } = placeTerms(source, terms, termsAt);
  const totalBytes = roundUp(end, format.SECTION_ALIGNMENT) + format.PADDING_BYTES;
  if (totalBytes >= 2 ** 32) throw new RangeError(`Cannot write index: it would exceed 4 GiB: ${totalBytes} bytes`);
  return { part, averageLength, tokens, slots, slotsAt, lengthsAt, termsAt, totalBytes, terms, places };
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

/**
 * How many documents, as a power of two, a block of a window with so many postings spans; 16 for no blocks. `span` is
 * the window's documents.
 */
export function blockShift(postings: number, span: number): number {
  if (postings <= format.BLOCKLESS_POSTINGS) return format.WINDOW_BITS;
  return Math.max(0, Math.floor(Math.log2((format.BLOCK_POSTINGS * span) / postings)));
}

/** Block entries of a window, the ending one included. */
export function blockEntries(shift: number, span: number): number {
  return shift === format.WINDOW_BITS ? 0 : ((span - 1) >>> shift) + 2;
}

/** Documents of a window. */
export function windowSpan(window: number, documents: number): number {
  return Math.min(format.WINDOW_DOCUMENTS, documents - window * format.WINDOW_DOCUMENTS);
}

function measure({ log, names }: Source, part: Part): TermMeasures {
  const { documents } = log;
  const df = new Uint32Array(names.length);
  const partMax = new Float64Array(names.length);
  const windows = new Uint32Array(names.length);
  const escapes = new Uint32Array(names.length);
  const blocks = new Uint32Array(names.length);
  const before = new Uint32Array(names.length);
  let window = 0;
  const closeWindow = (): void => {
    const span = windowSpan(window, documents);
    for (let term = 0; term < df.length; term++) {
      const postings = df[term]! - before[term]!;
      if (postings === 0) continue;
      windows[term]! += 1;
      blocks[term]! += blockEntries(blockShift(postings, span), span);
      before[term] = df[term]!;
    }
  };
  log.visit((document, term, frequency) => {
    if (document >>> format.WINDOW_BITS !== window) {
      closeWindow();
      window = document >>> format.WINDOW_BITS;
    }
    df[term]! += 1;
    const value = part(frequency, document);
    if (value > partMax[term]!) partMax[term] = value;
    if (frequency >= format.FREQUENCY_ESCAPE) escapes[term]! += 1;
  });
  closeWindow();
  const denseStride = Math.ceil(documents / format.DENSE_STEP) * format.DENSE_STEP;
  const strides = df.map((count) => (isDense(count, documents) ? denseStride : count));
  for (let term = 0; term < df.length; term++) if (isDense(df[term]!, documents)) blocks[term] = 0;
  return { df, partMax, windows, escapes, strides, blocks };
}

/** Assigns each term its piece, in the order of term numbers. */
function placeTerms({ names, log }: Source, terms: TermMeasures, termsAt: number): { places: TermPlaces; end: number } {
  const { df, windows, blocks, strides, escapes } = terms;
  const offsets = () => new Uint32Array(df.length);
  const places: TermPlaces = {
    ...{ recordAt: offsets(), directoryAt: offsets(), blocksAt: offsets(), codesAt: offsets(), escapesAt: offsets() },
  };
  let end = termsAt;
  for (let term = 0; term < df.length; term++) {
    places.recordAt[term] = end;
    end = roundUp(end + format.RECORD_BYTES + names[term]!.length * 2, 4);
    places.directoryAt[term] = end;
    end += (windows[term]! + 1) * format.DIRECTORY_BYTES;
    places.blocksAt[term] = end;
    end += blocks[term]! * 2;
    if (isDense(df[term]!, log.documents)) end = roundUp(end, format.SECTION_ALIGNMENT);
    else end += 2 * df[term]!;
    places.codesAt[term] = end;
    end = roundUp(end + 2 * strides[term]!, 4);
    places.escapesAt[term] = end;
    end = roundUp(end + escapes[term]! * format.ESCAPE_BYTES, 8);
  }
  return { places, end };
}
