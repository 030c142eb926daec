/** Here is a document of a window: which posting of this term is it? */
import { DIRECTORY_BLOCKS_AT, DIRECTORY_BYTES, DIRECTORY_FIRST, DIRECTORY_SHIFT, WINDOW_BITS } from '../format';
import { IMAGE_AT } from '../memory';
import { documentsEqual } from './lanes';

export const NOT_FOUND: u32 = 0xffffffff;

/** The posting of `document` (0 … 65,535) in the window of this entry of a sparse term, or NOT_FOUND. */
export function locate(entry: usize, documents: usize, document: u32): u32 {
  let posting = load<u32>(entry, DIRECTORY_FIRST);
  let count: u32;
  const shift: u32 = load<u8>(entry, DIRECTORY_SHIFT);
  if (shift == WINDOW_BITS) {
    count = load<u32>(entry, DIRECTORY_BYTES + DIRECTORY_FIRST) - posting;
  } else {
    const block = <usize>(IMAGE_AT + load<u32>(entry, DIRECTORY_BLOCKS_AT) + ((document >> shift) << 1));
    const first: u32 = load<u16>(block);
    count = (<u32>load<u16>(block, 2) - first) & 0xffff;
    posting += first;
  }
  let bits = documentsEqual(documents + ((<usize>posting) << 1), document);
  while (!bits && count > 8) {
    posting += 8;
    count -= 8;
    bits = documentsEqual(documents + ((<usize>posting) << 1), document);
  }
  // Without a hit the place is 32; a hit behind the last posting is of another window.
  const place: u32 = ctz(bits);
  return place < count ? posting + place : NOT_FOUND;
}
