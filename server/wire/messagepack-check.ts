/**
 * Walks MessagePack (github.com/msgpack/msgpack, spec.md) without building anything, so that broken bytes are refused with
 * their position, and depth and size are bounded before a value exists. Extension types are refused: nothing here needs one.
 */

export type MessagePackFault = { readonly position: number; readonly reason: string };

/** Bytes after the type byte that hold a length, and what is counted by it. */
const LENGTHS: Readonly<Record<number, readonly [bytes: 1 | 2 | 4, counts: 'bytes' | 'items' | 'pairs']>> = {
  196: [1, 'bytes'],
  197: [2, 'bytes'],
  198: [4, 'bytes'],
  217: [1, 'bytes'],
  218: [2, 'bytes'],
  219: [4, 'bytes'],
  220: [2, 'items'],
  221: [4, 'items'],
  222: [2, 'pairs'],
  223: [4, 'pairs'],
};
/** Numbers of fixed size: bytes after the type byte. */
const FIXED: Readonly<Record<number, number>> = {
  192: 0,
  194: 0,
  195: 0,
  202: 4,
  203: 8,
  204: 1,
  205: 2,
  206: 4,
  207: 8,
  208: 1,
  209: 2,
  210: 4,
  211: 8,
};

interface Header {
  /** Bytes of header and payload; for containers of the header alone. */
  readonly bytes: number;
  /** Values that follow inside. */
  readonly items: number;
  readonly container: boolean;
}

/** The first fault of what should be exactly one value, or null. */
export function checkMessagePack(bytes: Uint8Array, depthMax: number): MessagePackFault | null {
  /** Values still to come, by depth. */
  const open = [1];
  let at = 0;
  while (open.length > 0) {
    if (open.at(-1) === 0) {
      open.pop();
      continue;
    }
    open[open.length - 1]! -= 1;
    if (at >= bytes.length) return { position: at, reason: 'the data ends too early' };
    const header = readHeader(bytes, at);
    if (typeof header === 'string') return { position: at, reason: header };
    if (at + header.bytes > bytes.length) return { position: at, reason: 'a value is longer than the data' };
    at += header.bytes;
    if (!header.container) continue;
    if (open.length > depthMax) return { position: at, reason: `nested deeper than ${depthMax}` };
    if (header.items > bytes.length - at)
      return { position: at, reason: 'more items are announced than there are bytes' };
    open.push(header.items);
  }
  return at < bytes.length ? { position: at, reason: 'there is more after the value' } : null;
}

function readHeader(bytes: Uint8Array, at: number): Header | string {
  const type = bytes[at]!;
  if (type <= 0x7f || type >= 0xe0) return { bytes: 1, items: 0, container: false };
  if (type <= 0x8f) return { bytes: 1, items: (type & 15) * 2, container: true };
  if (type <= 0x9f) return { bytes: 1, items: type & 15, container: true };
  if (type <= 0xbf) return { bytes: 1 + (type & 31), items: 0, container: false };
  const fixed = FIXED[type];
  if (fixed !== undefined) return { bytes: 1 + fixed, items: 0, container: false };
  const sized = LENGTHS[type];
  if (sized === undefined) return type === 0xc1 ? 'byte c1 is never used' : 'extension types are not accepted';
  const [lengthBytes, counts] = sized;
  if (at + 1 + lengthBytes > bytes.length) return 'the data ends too early';
  let length = 0;
  for (let n = 1; n <= lengthBytes; n++) length = length * 256 + bytes[at + n]!;
  if (counts === 'bytes') return { bytes: 1 + lengthBytes + length, items: 0, container: false };
  return { bytes: 1 + lengthBytes, items: counts === 'pairs' ? length * 2 : length, container: true };
}
