// Inner products of int8 vectors over one shared, imported memory.
//
//   vectors   count × stride bytes, i8, one vector a row; stride = dimensions rounded up to 16, padded with zeros
//   scales    count × f32; a score is dot × scale × the caller's factor; 0 marks a passage without a vector
//   query     stride × i16
//   mask      one bit a vector, least significant first, or 0 for none
//   found     pairs of (u32 id, f32 score)
//
// Nothing here keeps state: each worker passes addresses inside its own scratch, so that one memory serves all.

function dot(vector: usize, query: usize, stride: usize): i32 {
  let low = i32x4.splat(0);
  let high = i32x4.splat(0);
  for (let at: usize = 0; at < stride; at += 16) {
    const bytes = v128.load(vector + at);
    low = i32x4.add(low, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(bytes), v128.load(query + (at << 1))));
    high = i32x4.add(high, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(bytes), v128.load(query + (at << 1), 16)));
  }
  const sum = i32x4.add(low, high);
  return (
    i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3)
  );
}

/** Scores vectors from … to−1 and writes those above the threshold to `found`; answers how many. */
export function scan(
  vectors: usize,
  scales: usize,
  stride: usize,
  query: usize,
  factor: f32,
  mask: usize,
  from: u32,
  to: u32,
  threshold: f32,
  found: usize,
): u32 {
  let out = found;
  for (let id = from; id < to; id++) {
    if (mask !== 0 && (load<u8>(mask + (id >> 3)) & (1 << (id & 7))) === 0) continue;
    const scale = load<f32>(scales + ((id as usize) << 2));
    if (scale === 0) continue;
    const score = (dot(vectors + (id as usize) * stride, query, stride) as f32) * scale * factor;
    if (score > threshold) {
      store<u32>(out, id);
      store<f32>(out, score, 4);
      out += 8;
    }
  }
  return ((out - found) >> 3) as u32;
}

/** Scores the `count` vectors named at `ids` (u32), each score stored in the place of its id as f32; NaN without a vector. */
export function score(
  vectors: usize,
  scales: usize,
  stride: usize,
  query: usize,
  factor: f32,
  ids: usize,
  count: u32,
): void {
  for (let n: u32 = 0; n < count; n++) {
    const at = ids + ((n as usize) << 2);
    const id = load<u32>(at) as usize;
    const scale = load<f32>(scales + (id << 2));
    const value = scale === 0 ? f32.NaN : (dot(vectors + id * stride, query, stride) as f32) * scale * factor;
    store<f32>(at, value);
  }
}
