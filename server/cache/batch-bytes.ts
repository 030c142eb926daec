/** The answer to a batch from answers that are encoded already, in the order of the queries. */
import type { Format } from '../wire/index.ts';

const JSON_HEAD = Buffer.from('{"results":[');
const JSON_BETWEEN = Buffer.from(',');
const JSON_END = Buffer.from(']}');
/** A map of one member, a text of seven characters. */
const MSGPACK_HEAD = Buffer.concat([Buffer.from([0x81, 0xa7]), Buffer.from('results')]);
const FIXARRAY_MAX = 15;
const FIXARRAY = 0x90;
const ARRAY_16 = 0xdc;

/** @param parts at most 65,535, each a whole value of that format */
export function batchBytes(parts: readonly Uint8Array[], format: Format): Buffer {
  if (format === 'json') {
    const listed = parts.flatMap((part, at) => (at === 0 ? [part] : [JSON_BETWEEN, part]));
    return Buffer.concat([JSON_HEAD, ...listed, JSON_END]);
  }
  const { length } = parts;
  const mark = length <= FIXARRAY_MAX ? [FIXARRAY | length] : [ARRAY_16, length >>> 8, length & 0xff];
  return Buffer.concat([MSGPACK_HEAD, Buffer.from(mark), ...parts]);
}
