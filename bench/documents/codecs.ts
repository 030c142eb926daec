/** How small do blocks of records get, and what does it cost to read one? By codec and block size. */
import { brotliCompressSync, brotliDecompressSync, constants, crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { cutDictionary } from '../../engine/store/preset-dictionary.ts';
import { median, percentile } from '../harness/index.ts';

export const BLOCK_SIZES = [2048, 4096, 8192, 16_384, 65_536] as const;
const SAMPLE_BYTES = 2 ** 20;
/** Blocks that are read, evenly over the file. */
const READS = 200;

interface Codec {
  readonly name: string;
  readonly compress: (raw: Buffer, dictionary: Buffer) => Buffer;
  readonly inflate: (bytes: Buffer, dictionary: Buffer, rawBytes: number) => Buffer;
}

const brotli = (quality: number): Codec => ({
  name: `brotli ${quality}`,
  compress: (raw) =>
    brotliCompressSync(raw, {
      params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: raw.length },
    }),
  inflate: (bytes, _, rawBytes) => brotliDecompressSync(bytes, { chunkSize: rawBytes + 1 }),
});

const deflate = (level: number): Codec => ({
  name: `deflate ${level}`,
  compress: (raw) => deflateRawSync(raw, { level }),
  inflate: (bytes, _, rawBytes) => inflateRawSync(bytes, { chunkSize: rawBytes + 1 }),
});

export const CODECS: readonly Codec[] = [
  deflate(1),
  deflate(6),
  deflate(9),
  {
    name: 'deflate 6, dictionary',
    compress: (raw, dictionary) => deflateRawSync(raw, { dictionary }),
    inflate: (bytes, dictionary, rawBytes) => inflateRawSync(bytes, { dictionary, chunkSize: rawBytes + 1 }),
  },
  brotli(5),
  brotli(9),
];

export interface CodecRow {
  readonly codec: string;
  readonly blockBytes: number;
  /** Of the file, the dictionary included, over the source's text. */
  readonly share: number;
  /** One block checked and inflated, as a hit that finds nothing remembered pays it. */
  readonly inflateUs: number;
  readonly inflateP99Us: number;
  /** One mebibyte of records compressed. */
  readonly compressMsPerMiB: number;
}

function blocksOf(records: readonly Uint8Array[], blockBytes: number): Buffer[] {
  const blocks: Buffer[] = [];
  let block: Uint8Array[] = [];
  let bytes = 0;
  for (const record of records) {
    if (block.length > 0 && bytes + record.length > blockBytes) {
      blocks.push(Buffer.concat(block));
      block = [];
      bytes = 0;
    }
    block.push(record);
    bytes += record.length;
  }
  return [...blocks, Buffer.concat(block)];
}

function sampleOf(records: readonly Uint8Array[]): Uint8Array[] {
  let bytes = 0;
  return records.filter(({ length }) => {
    bytes += length;
    return bytes - length < SAMPLE_BYTES;
  });
}

export function measureCodec(
  codec: Codec,
  blockBytes: number,
  { documents, textBytes }: { documents: readonly Uint8Array[]; textBytes: number },
): CodecRow {
  const dictionary = cutDictionary(sampleOf(documents));
  const blocks = blocksOf(documents, blockBytes);
  const start = performance.now();
  const compressed = blocks.map((raw) => codec.compress(raw, dictionary));
  const compressMs = performance.now() - start;
  const stored = compressed.reduce((sum, { length }) => sum + length, 0) + dictionary.length;
  const read = (at: number): number => {
    const from = performance.now();
    crc32(compressed[at]!);
    codec.inflate(compressed[at]!, dictionary, blocks[at]!.length);
    return (performance.now() - from) * 1000;
  };
  const places = Array.from({ length: READS }, (_, n) => Math.floor((n * blocks.length) / READS));
  for (const at of places) read(at);
  const times = places.map(read).sort((a, b) => a - b);
  const rawBytes = blocks.reduce((sum, { length }) => sum + length, 0);
  return {
    ...{ codec: codec.name, blockBytes, share: stored / textBytes },
    ...{ inflateUs: median(times), inflateP99Us: percentile(times, 0.99) },
    compressMsPerMiB: compressMs / (rawBytes / 2 ** 20),
  };
}
