/** Chance that repeats: the same seed gives the same arrivals, queries and resamples. */

export interface Random {
  /** 0 up to, never including, 1. */
  next(): number;
  /** A whole number from 0 up to, never including, `end`. */
  below(end: number): number;
}

/** SplitMix32: one addition and a mixing of 32 bits (G. Steele et al., OOPSLA 2014, at half its width). */
export function randomOf(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  return { next, below: (end) => Math.floor(next() * end) };
}
