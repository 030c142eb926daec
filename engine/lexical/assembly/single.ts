/** Which documents of the one essential term can reach the bound? No sums: its codes are compared sixteen at a time. */
import { TERM_CODES, TERM_DENSE, TERM_DOCUMENTS, TERM_END, TERM_FIRST, TERM_WEIGHT } from '../memory';
import { codeReaching, codesReaching, contribution } from './lanes';
import { offer, partialNeed } from './probe';

export function offerSingle(term: usize): void {
  const dense = load<u32>(term, TERM_DENSE);
  const weight = load<u32>(term, TERM_WEIGHT);
  const first = load<u32>(term, TERM_FIRST);
  const end = load<u32>(term, TERM_END);
  const codes: usize = load<u32>(term, TERM_CODES);
  const documents: usize = load<u32>(term, TERM_DOCUMENTS);
  let least = codeReaching(partialNeed(), weight);
  for (let at = first; at < end; at += 16) {
    if (least > 255) return;
    let bits = codesReaching(codes + at, least);
    if (!bits) continue;
    if (end - at < 16) bits &= (1 << (end - at)) - 1;
    while (bits) {
      const posting = at + ctz(bits);
      bits &= bits - 1;
      const document = dense ? posting - first : <u32>load<u16>(documents + ((<usize>posting) << 1));
      offer(document, contribution(load<u8>(codes + posting), weight));
    }
    least = codeReaching(partialNeed(), weight);
  }
}
