/**
 * Which of so many are looked at? The same for the same seed, each at most once.
 *
 * Stratified: one from each of `wanted` equal parts, so that a damage of a stretch is not missed by chance. The place within a
 * part comes from a 32-bit mix (the finaliser of MurmurHash3, public domain).
 */
export function sampled(count: number, wanted: number, seed: number): number[] {
  if (count <= wanted) return Array.from({ length: count }, (_, at) => at);
  return Array.from({ length: wanted }, (_, part) => {
    const from = Math.floor((part * count) / wanted);
    const to = Math.floor(((part + 1) * count) / wanted);
    return from + (mixed(seed + part) % (to - from));
  });
}

function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
