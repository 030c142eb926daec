/**
 * The data-parallel steps, each with a scalar twin that gives the same bits: the SIMD build compiles the first branch,
 * the scalar build the second.
 */
import { CODE_MAX } from '../format';

/**
 * What a code adds to a sum: code × weight / 256, rounded. The rounding is that of q15mulr (a·b + 2¹⁴) >> 15 with the
 * code shifted by 7, so that sixteen bits of sum see the weight at fifteen bits instead of eight.
 */
export function contribution(code: u32, weight: u32): u32 {
  return (code * weight + 128) >> 8;
}

/** The smallest code whose contribution is at least `need` ≥ 1; above 255 if none is. */
export function codeReaching(need: u32, weight: u32): u32 {
  const code = (need * 256 - 128 + weight - 1) / weight;
  return code > <u32>CODE_MAX ? CODE_MAX + 1 : code;
}

/** Bit i: the i-th of the 16 codes at `codes` is at least `code` (1 … 255). */
export function codesReaching(codes: usize, code: u32): u32 {
  if (ASC_FEATURE_SIMD) {
    return i8x16.bitmask(i8x16.ge_u(v128.load(codes), i8x16.splat(<i8>code)));
  } else {
    let bits: u32 = 0;
    for (let i: u32 = 0; i < 16; i++) bits |= (<u32>(<u32>load<u8>(codes + i) >= code)) << i;
    return bits;
  }
}

/** Adds the contributions of `count` dense codes, rounded up to 32, to the sums at `sums`. */
export function addDense(sums: usize, codes: usize, weight: u32, count: u32): void {
  const end = codes + ((count + 31) & ~31);
  if (ASC_FEATURE_SIMD) {
    const factor = i16x8.splat(<i16>weight);
    while (codes < end) {
      const some = v128.load(codes);
      const more = v128.load(codes, 16);
      const a = i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_low_i8x16_u(some), 7), factor);
      const b = i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_high_i8x16_u(some), 7), factor);
      const c = i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_low_i8x16_u(more), 7), factor);
      const d = i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_high_i8x16_u(more), 7), factor);
      v128.store(sums, i16x8.add(v128.load(sums), a));
      v128.store(sums, i16x8.add(v128.load(sums, 16), b), 16);
      v128.store(sums, i16x8.add(v128.load(sums, 32), c), 32);
      v128.store(sums, i16x8.add(v128.load(sums, 48), d), 48);
      codes += 32;
      sums += 64;
    }
  } else {
    while (codes < end) {
      store<u16>(sums, load<u16>(sums) + contribution(load<u8>(codes), weight));
      codes += 1;
      sums += 2;
    }
  }
}

/** Bit i: the i-th of the 32 sums at `sums` is at least `need` (1 … 65,535). */
export function sumsReaching(sums: usize, need: u32): u32 {
  if (ASC_FEATURE_SIMD) {
    const least = i16x8.splat(<i16>need);
    const a = i16x8.ge_u(v128.load(sums), least);
    const b = i16x8.ge_u(v128.load(sums, 16), least);
    const c = i16x8.ge_u(v128.load(sums, 32), least);
    const d = i16x8.ge_u(v128.load(sums, 48), least);
    if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) return 0;
    const low = i8x16.bitmask(i8x16.narrow_i16x8_s(a, b));
    const high = i8x16.bitmask(i8x16.narrow_i16x8_s(c, d));
    return low | (high << 16);
  } else {
    let bits: u32 = 0;
    for (let i: u32 = 0; i < 32; i++) bits |= (<u32>(<u32>load<u16>(sums + (i << 1)) >= need)) << i;
    return bits;
  }
}

/** Zeroes 32 sums. */
export function clearSums(sums: usize): void {
  if (ASC_FEATURE_SIMD) {
    const zero = i64x2.splat(0);
    v128.store(sums, zero);
    v128.store(sums, zero, 16);
    v128.store(sums, zero, 32);
    v128.store(sums, zero, 48);
  } else {
    for (let i: usize = 0; i < 64; i += 8) store<u64>(sums + i, 0);
  }
}

/** Bit i: the i-th of the 8 documents at `documents` is `document` (0 … 65,535). */
export function documentsEqual(documents: usize, document: u32): u32 {
  if (ASC_FEATURE_SIMD) {
    return i16x8.bitmask(i16x8.eq(v128.load(documents), i16x8.splat(<i16>document)));
  } else {
    let bits: u32 = 0;
    for (let i: u32 = 0; i < 8; i++) bits |= (<u32>(<u32>load<u16>(documents + ((<usize>i) << 1)) == document)) << i;
    return bits;
  }
}
