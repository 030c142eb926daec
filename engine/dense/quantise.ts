/**
 * Symmetric int8 quantisation, one scale a vector: component ≈ code × scale, |code| ≤ 127.
 *
 * A unit vector of 384 dimensions keeps its cosine to about 1e-3; scores are then exact in the quantised vectors, so that
 * the graph, the scan and the fusion all speak of the same number.
 */
export function quantise(vector: Float32Array, codes: Int8Array): number {
  let largest = 0;
  for (let at = 0; at < vector.length; at++) largest = Math.max(largest, Math.abs(vector[at]!));
  if (largest === 0) return 0;
  const perCode = 127 / largest;
  for (let at = 0; at < vector.length; at++) codes[at] = Math.round(vector[at]! * perCode);
  return largest / 127;
}

/** A vector as it is stored and scored. */
export interface CodedVector {
  readonly codes: Int8Array;
  /** Rounded to f32. */
  readonly scale: number;
}

/** As a file of vectors would have it, so that a passage has one cosine wherever it lies. */
export function codeVector(vector: Float32Array): CodedVector {
  const codes = new Int8Array(strideOf(vector.length));
  return { scale: Math.fround(quantise(vector, codes)), codes };
}

/** As it was embedded, but for the quantisation; of length 1. */
export function decodeVector({ codes }: Pick<CodedVector, 'codes'>, dimensions: number): Float32Array {
  const vector = Float32Array.from(codes.subarray(0, dimensions));
  const length = Math.hypot(...vector);
  return vector.map((component) => component / length);
}

/**
 * A query as i16, as fine as the i32 sums of {@link stride} products with int8 codes allow without overflow.
 * Returns the scale that undoes it.
 */
export function quantiseQuery(vector: Float32Array, into: Int16Array): number {
  const finest = Math.min(32_767, Math.floor((2 ** 31 - 1) / (127 * into.length)));
  let largest = 0;
  for (let at = 0; at < vector.length; at++) largest = Math.max(largest, Math.abs(vector[at]!));
  into.fill(0);
  if (largest === 0) return 0;
  for (let at = 0; at < vector.length; at++) into[at] = Math.round((vector[at]! / largest) * finest);
  return largest / finest;
}

/** Bytes of a stored vector: the kernel reads sixteen components at a time. */
export const strideOf = (dimensions: number): number => Math.ceil(dimensions / 16) * 16;
