/**
 * Are these the bytes that were written, and if not, where do they differ?
 *
 * A file has one sha256 over all of it, which says whether it is the same, and a CRC-32 (zlib's, RFC 1952) for each 64 KiB,
 * which says where it is not. A CRC-32 finds every damage within 32 neighbouring bits of a block, every two flipped bits, and of
 * all else all but one in 2³²; it costs about a third of a sha256.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Disk, type Input, isDiskError } from './disk/index.ts';

export const BLOCK_BYTES = 65_536;
/** Blocks read at once. */
const RUN_BLOCKS = 16;
/** Hexadecimal digits of a block's checksum. */
const DIGITS = 8;

export interface FileRecord {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** CRC-32 of each block, eight hexadecimal digits each. */
  readonly blocks: string;
}

/** Where a file is not what it should be. */
export interface FileDamage {
  /** Name within the generation's folder. */
  readonly file: string;
  /** 0-based number of the block of {@link BLOCK_BYTES}; null where it concerns the whole file. */
  readonly block: number | null;
  readonly expected: string;
  readonly got: string;
}

export interface CheckOptions {
  /** Whether the sha256 is computed beside the checksums of blocks. */
  readonly sha256: boolean;
  /** The first block that is read; from a later one than 0 there is no sha256. */
  readonly fromBlock?: number;
  /** Called with the bytes just checked; what it returns is waited for, so it sets the pace. @throws to stop */
  readonly pass?: (bytes: number) => Promise<void> | void;
}

/** What the manifest is to say of a file. */
export async function recordFile(disk: Disk, path: string): Promise<FileRecord> {
  const input = await disk.openInput(path);
  try {
    const hash = createHash('sha256');
    let blocks = '';
    for await (const block of blocksOf(input)) {
      hash.update(block);
      blocks += digits(crc32(block));
    }
    return { bytes: input.bytes, sha256: hash.digest('hex'), blocks };
  } finally {
    await input.close();
  }
}

/**
 * Compares a file with its record: its length first, then block by block, then as a whole. Stops at the first difference.
 *
 * @returns null where all of it is as it should be. A place that the disk cannot read (EIO) is a damage; other failures to
 * read are thrown, since nothing is known of the bytes then.
 */
export async function checkFile(
  disk: Disk,
  path: string,
  { file, record }: { file: string; record: FileRecord },
  { sha256, fromBlock = 0, pass = () => {} }: CheckOptions,
): Promise<FileDamage | null> {
  const whole = { file, block: null, expected: `${record.bytes} bytes` };
  let input: Input;
  try {
    input = await disk.openInput(path);
  } catch (error) {
    if (isDiskError(error, 'ENOENT', 'EISDIR', 'ENOTDIR')) return { ...whole, got: 'no file' };
    if (isDiskError(error, 'EIO')) return { ...whole, got: 'EIO: the disk cannot read it' };
    throw error;
  }
  try {
    if (input.bytes !== record.bytes) return { ...whole, got: `${input.bytes} bytes` };
    return await compare(input, { file, record }, { sha256, fromBlock, pass });
  } finally {
    await input.close();
  }
}

async function compare(
  input: Input,
  { file, record }: { file: string; record: FileRecord },
  { sha256, fromBlock, pass }: Required<CheckOptions>,
): Promise<FileDamage | null> {
  const { blocks } = record;
  const hash = fromBlock === 0 && sha256 ? createHash('sha256') : null;
  const count = Math.ceil(record.bytes / BLOCK_BYTES);
  if (blocks.length !== count * DIGITS) {
    return { file, block: null, expected: `${count} checksums of blocks`, got: String(blocks.length / DIGITS) };
  }
  let number = fromBlock;
  try {
    for await (const block of blocksOf(input, fromBlock)) {
      const expected = blocks.slice(number * DIGITS, (number + 1) * DIGITS);
      const got = digits(crc32(block));
      if (expected !== got) return { file, block: number, expected: `crc32 ${expected}`, got };
      hash?.update(block);
      number += 1;
      await pass(block.length);
    }
  } catch (error) {
    if (!isDiskError(error, 'EIO')) throw error;
    return { file, block: number, expected: 'a block that can be read', got: `EIO within ${RUN_BLOCKS} blocks` };
  }
  if (number !== count) return { file, block: number, expected: `${record.bytes} bytes`, got: 'a shorter file' };
  const digest = hash?.digest('hex') ?? record.sha256;
  return digest === record.sha256 ? null : { file, block: null, expected: `sha256 ${record.sha256}`, got: digest };
}

/** Block by block, from one buffer: each is good until the next is asked for. */
async function* blocksOf(input: Input, fromBlock = 0): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(RUN_BLOCKS * BLOCK_BYTES, input.bytes));
  for (let at = fromBlock * BLOCK_BYTES; at < input.bytes; at += buffer.length) {
    const wanted = Math.min(buffer.length, input.bytes - at);
    const filled = await input.read(buffer.subarray(0, wanted), at);
    for (let from = 0; from < filled; from += BLOCK_BYTES) {
      yield buffer.subarray(from, Math.min(filled, from + BLOCK_BYTES));
    }
    // Became shorter while it was read: the caller counts blocks.
    if (filled < wanted) return;
  }
}

const digits = (sum: number): string => sum.toString(16).padStart(DIGITS, '0');
