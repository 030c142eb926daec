/**
 * How does the outbox lie on the disk? Lines of a checksum and a value:
 *
 * ```text
 * 8 hexadecimal digits, CRC-32 of what follows the blank │ ' ' │ JSON │ '\n'
 * ```
 * A line is whole or it does not count, so what stands in one line happens together.
 */
import { crc32 } from 'node:zlib';

const SUM_DIGITS = 8;
const NEWLINE = 0x0a;

export function encodeLine(value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value));
  return Buffer.concat([Buffer.from(`${sumOf(json)} `), json, Buffer.from([NEWLINE])]);
}

export interface Lines {
  readonly values: readonly unknown[];
  /** Lines that are not whole with a whole one behind them: no crash leaves those. */
  readonly damaged: number;
}

export function decodeLines(bytes: Buffer): Lines {
  const values: unknown[] = [];
  let bad = 0;
  let damaged = 0;
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, at);
    const end = found < 0 ? bytes.length : found;
    const value = found < 0 ? undefined : decodeLine(bytes.subarray(at, end));
    if (value === undefined) bad += 1;
    else {
      values.push(value);
      damaged += bad;
      bad = 0;
    }
    at = end + 1;
  }
  return { values, damaged };
}

function decodeLine(bytes: Buffer): unknown {
  const json = bytes.subarray(SUM_DIGITS + 1);
  return bytes.toString('latin1', 0, SUM_DIGITS + 1) === `${sumOf(json)} ` ? JSON.parse(json.toString()) : undefined;
}

const sumOf = (json: Buffer): string => crc32(json).toString(16).padStart(SUM_DIGITS, '0');
