/** From values to positions on a drawing, and back to round numbers along its edge. */

export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  /** Where a value lies, 0 to 1; values beyond the ends are drawn at the ends. */
  at(value: number): number;
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));

/** From 0 to a round number at or above `high`. */
export function linearScale(high: number): Scale {
  const step = roundStep(high / 5);
  const top = Math.ceil(high / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, n) => Number((n * step).toPrecision(6)));
  return { low: 0, high: top, ticks, at: (value) => clamp(value / top) };
}

function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return [1, 2, 5, 10].find((factor) => factor * power >= step)! * power;
}

/** From at or below `low` to at or above `high`, with ticks at 1, 2 and 5 of each power of ten, or at the powers alone. */
export function logScale(low: number, high: number): Scale {
  const factors = high / low > 1000 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  // A power beyond each end: logarithms are rounded.
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)) + 1; power++)
    ticks.push(...factors.map((factor) => Number((factor * 10 ** power).toPrecision(3))));
  const first = ticks.findLast((tick) => tick <= low) ?? ticks[0]!;
  const last = ticks.find((tick) => tick >= high) ?? ticks.at(-1)!;
  const span = Math.log(last / first);
  return {
    low: first,
    high: last,
    ticks: ticks.filter((tick) => tick >= first && tick <= last),
    at: (value) => clamp(value <= 0 ? 0 : Math.log(value / first) / span),
  };
}
