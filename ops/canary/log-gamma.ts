/** ln Γ(x) for x > 0, to 14 digits: Lanczos' approximation (SIAM J. Numer. Anal. 1, 1964) with g = 7 and nine terms. */
const G = 7;
const TERMS = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13,
  -176.615_029_162_140_59, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6,
  1.505_632_735_149_311_6e-7,
] as const;

export function logGamma(x: number): number {
  // Reflection: the series is for the right half.
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const below = x - 1;
  let sum: number = TERMS[0];
  for (let at = 1; at < TERMS.length; at++) sum += TERMS[at]! / (below + at);
  const t = below + G + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (below + 0.5) * Math.log(t) - t + Math.log(sum);
}

export const logBeta = (a: number, b: number): number => logGamma(a) + logGamma(b) - logGamma(a + b);
