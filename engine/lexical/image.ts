/** How do logged postings become the bytes of ./format.ts? Lays out, then places each posting in one pass. */
import { crc32 } from 'node:zlib';
import { hashTerm, insertTerm } from './dictionary.ts';
import * as format from './format.ts';
import { inverseFrequency } from './idf.ts';
import { blockEntries, blockShift, isDense, type Layout, layOut, type Source, windowSpan } from './layout.ts';

/** The k for which a term's k-th largest code is stored, in the order of the record's bytes. */
export const KTH_STORED = [2, 5, 10, 20, 50, 100, 300, 1000] as const;

/** The magic's bytes, as text. */
export const MAGIC = 'WPBM25\r\n';

interface Image {
  readonly source: Source;
  readonly layout: Layout;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly halves: Uint16Array;
  readonly words: Uint32Array;
  readonly view: DataView;
}

/** Composes the file of these documents. Throws a RangeError for more than 4 GiB. */
export function composeImage(source: Source): Uint8Array<ArrayBuffer> {
  const layout = layOut(source);
  const buffer = new ArrayBuffer(layout.totalBytes);
  const image: Image = {
    ...{ source, layout, bytes: new Uint8Array(buffer), view: new DataView(buffer) },
    ...{ halves: new Uint16Array(buffer), words: new Uint32Array(buffer) },
  };
  writeHeader(image);
  writeDictionary(image);
  image.words.set(source.lengths, layout.lengthsAt / 4);
  writeRecords(image);
  placePostings(image);
  writeKthCodes(image);
  writeBlocks(image);
  const checked = image.bytes.subarray(format.HEADER_CHECKSUM + 4);
  image.view.setUint32(format.HEADER_CHECKSUM, crc32(checked), true);
  return image.bytes;
}

function writeHeader({ source, layout, bytes, view }: Image): void {
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC.charCodeAt(i);
  const word = (at: number, value: number) => view.setUint32(at, value, true);
  const double = (at: number, value: number) => view.setFloat64(at, value, true);
  word(format.HEADER_VERSION, format.FORMAT_VERSION);
  double(format.HEADER_TOTAL_BYTES, layout.totalBytes);
  double(format.HEADER_K1, source.k1);
  double(format.HEADER_B, source.b);
  double(format.HEADER_AVERAGE_LENGTH, layout.averageLength);
  double(format.HEADER_TOKENS, layout.tokens);
  double(format.HEADER_POSTINGS, source.log.postings);
  word(format.HEADER_DOCUMENTS, source.log.documents);
  word(format.HEADER_TERMS, source.names.length);
  word(format.HEADER_SLOTS, layout.slots);
  word(format.HEADER_SLOTS_AT, layout.slotsAt);
  word(format.HEADER_LENGTHS_AT, layout.lengthsAt);
  word(format.HEADER_TERMS_AT, layout.termsAt);
}

function writeDictionary({ source, layout, words, halves }: Image): void {
  const slots = words.subarray(layout.slotsAt / 4, layout.slotsAt / 4 + layout.slots * 2);
  for (const [term, name] of source.names.entries()) {
    const recordAt = layout.places.recordAt[term]!;
    insertTerm(slots, hashTerm(name), recordAt);
    const unitsAt = (recordAt + format.RECORD_BYTES) / 2;
    for (let i = 0; i < name.length; i++) halves[unitsAt + i] = name.charCodeAt(i);
  }
}

function writeRecords({ source, layout, words, halves, view }: Image): void {
  const { df, windows, escapes, partMax } = layout.terms;
  const { recordAt, directoryAt, codesAt, escapesAt } = layout.places;
  const documents = source.log.documents;
  for (const [term, name] of source.names.entries()) {
    const at = recordAt[term]!;
    const word = (field: number, value: number) => {
      words[(at + field) / 4] = value;
    };
    const dense = isDense(df[term]!, documents);
    word(format.RECORD_NAME_UNITS, name.length);
    word(format.RECORD_DF, df[term]!);
    word(format.RECORD_DENSE, dense ? 1 : 0);
    word(format.RECORD_WINDOWS, windows[term]!);
    word(format.RECORD_DIRECTORY_AT, directoryAt[term]!);
    word(format.RECORD_DOCUMENTS_AT, dense ? 0 : codesAt[term]! - 2 * df[term]!);
    word(format.RECORD_CODES_AT, codesAt[term]!);
    word(format.RECORD_ESCAPES_AT, escapesAt[term]!);
    word(format.RECORD_ESCAPES, escapes[term]!);
    view.setFloat64(at + format.RECORD_IDF, inverseFrequency(df[term]!, documents), true);
    view.setFloat64(at + format.RECORD_PART_MAX, partMax[term]!, true);
    const sentinel = directoryAt[term]! + windows[term]! * format.DIRECTORY_BYTES;
    halves[sentinel / 2] = format.DIRECTORY_SENTINEL;
    words[(sentinel + format.DIRECTORY_FIRST) / 4] = df[term]!;
  }
}

function placePostings({ source, layout, bytes, halves, words }: Image): void {
  const { df, strides, partMax } = layout.terms;
  const { codesAt } = layout.places;
  const documents = source.log.documents;
  const placed = new Uint32Array(df.length);
  // The entry that is being filled: one before the first, so that the first posting opens the first.
  const entry = layout.places.directoryAt.map((at) => at - format.DIRECTORY_BYTES);
  const escapeAt = layout.places.escapesAt.slice();
  source.log.visit((document, term, frequency) => {
    const dense = isDense(df[term]!, documents);
    const posting = dense ? document : placed[term]!;
    const code = Math.max(
      1,
      Math.min(format.CODE_MAX, Math.ceil((format.CODE_MAX * layout.part(frequency, document)) / partMax[term]!)),
    );
    const codeAt = codesAt[term]! + posting;
    bytes[codeAt] = code;
    bytes[codeAt + strides[term]!] = Math.min(frequency, format.FREQUENCY_ESCAPE);
    if (!dense) halves[codesAt[term]! / 2 - df[term]! + posting] = document;
    const window = document >>> format.WINDOW_BITS;
    if (placed[term] === 0 || halves[entry[term]! / 2] !== window) {
      entry[term]! += format.DIRECTORY_BYTES;
      halves[entry[term]! / 2] = window;
      words[(entry[term]! + format.DIRECTORY_FIRST) / 4] = dense ? window * format.WINDOW_DOCUMENTS : posting;
    }
    const largest = entry[term]! + format.DIRECTORY_CODE_MAX;
    if (code > bytes[largest]!) bytes[largest] = code;
    if (frequency >= format.FREQUENCY_ESCAPE) {
      words[escapeAt[term]! / 4] = document;
      words[escapeAt[term]! / 4 + 1] = frequency;
      escapeAt[term]! += format.ESCAPE_BYTES;
    }
    placed[term]! += 1;
  });
}

function writeKthCodes({ layout, bytes }: Image): void {
  const { df, strides } = layout.terms;
  const { codesAt, recordAt } = layout.places;
  const counts = new Uint32Array(format.CODE_MAX + 1);
  for (let term = 0; term < df.length; term++) {
    if (df[term]! < KTH_STORED[0]) continue;
    for (let at = codesAt[term]!; at < codesAt[term]! + strides[term]!; at++) counts[bytes[at]!]! += 1;
    const to = recordAt[term]! + format.RECORD_KTH_CODES;
    let seen = 0;
    let next = 0;
    for (let code = format.CODE_MAX; code > 0; code--) {
      seen += counts[code]!;
      while (next < KTH_STORED.length && seen >= KTH_STORED[next]!) bytes[to + next++] = code;
    }
    counts.fill(0);
  }
}

/** Blocks of every sparse term's windows, from the documents placed. */
function writeBlocks({ source, layout, bytes, halves, words }: Image): void {
  const { df, windows } = layout.terms;
  const { directoryAt, blocksAt, codesAt } = layout.places;
  const documents = source.log.documents;
  for (let term = 0; term < df.length; term++) {
    const documentsAt = codesAt[term]! / 2 - df[term]!;
    let to = blocksAt[term]! / 2;
    for (let window = 0; window < windows[term]!; window++) {
      const entry = directoryAt[term]! + window * format.DIRECTORY_BYTES;
      const first = words[(entry + format.DIRECTORY_FIRST) / 4]!;
      const count = words[(entry + format.DIRECTORY_BYTES + format.DIRECTORY_FIRST) / 4]! - first;
      const span = windowSpan(halves[entry / 2]!, documents);
      const shift = isDense(df[term]!, documents) ? format.WINDOW_BITS : blockShift(count, span);
      bytes[entry + format.DIRECTORY_SHIFT] = shift;
      words[(entry + format.DIRECTORY_BLOCKS_AT) / 4] = to * 2;
      let posting = 0;
      for (let block = 0; block < blockEntries(shift, span); block++) {
        while (posting < count && halves[documentsAt + first + posting]! < block << shift) posting += 1;
        halves[to++] = posting;
      }
    }
  }
}
