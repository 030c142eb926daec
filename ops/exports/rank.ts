/** How many of so many events lie at or below a percentile? */

/**
 * HdrHistogram's rule: at least one, and rounding never asks for one too many.
 *
 * @param percentile 0 to 100
 */
export function rankOf(percentile: number, total: number): number {
  const asked = Math.min((percentile / 100) * total, total);
  return Math.max(1, Math.ceil(asked - asked * Number.EPSILON));
}
