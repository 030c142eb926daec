/** What follows from counts: bounds of a rate, and quantiles. */

/** Upper end of the exact one-sided 95 % interval of a Poisson mean (Garwood, Biometrika 1936), for this many events. */
export function poissonUpper95(events: number): number {
  let low = 0;
  let high = 10 + 3 * events;
  for (let i = 0; i < 60; i++) {
    const mean = (low + high) / 2;
    if (poissonAtMost(events, mean) > 0.05) low = mean;
    else high = mean;
  }
  return high;
}

function poissonAtMost(events: number, mean: number): number {
  let logTerm = -mean;
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= events; k++) {
    logTerm += Math.log(mean / k);
    sum += Math.exp(logTerm);
  }
  return sum;
}

/** The smallest value that at least this share of the values does not exceed; null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
