/** Where are the image and this worker's scratch area? Set once an instance, before anything else is called. */
import { HEADER_AVERAGE_LENGTH, HEADER_B, HEADER_DOCUMENTS, HEADER_K1, HEADER_LENGTHS_AT } from '../format';
import { IMAGE_AT } from '../memory';

export let scratch: usize = 0;
export let documents: u32 = 0;
export let lengths: usize = 0;
export let k1: f64 = 0;
export let b: f64 = 0;
export let averageLength: f64 = 0;

export function place(scratchAt: usize): void {
  scratch = scratchAt;
  documents = load<u32>(IMAGE_AT, HEADER_DOCUMENTS);
  lengths = IMAGE_AT + load<u32>(IMAGE_AT, HEADER_LENGTHS_AT);
  k1 = load<f64>(IMAGE_AT, HEADER_K1);
  b = load<f64>(IMAGE_AT, HEADER_B);
  averageLength = load<f64>(IMAGE_AT, HEADER_AVERAGE_LENGTH);
}
