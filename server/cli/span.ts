/** How long? `90d`, `12h`, `30m`, `45s`. */
import { InvalidArgumentError } from 'commander';

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @param daysMax beyond that a span is a slip; @returns milliseconds. @throws InvalidArgumentError */
export function spanMsOf(text: string, daysMax: number): number {
  const [, count = '', unit = ''] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const spanMs = Number(count) * (UNITS_MS[unit as keyof typeof UNITS_MS] ?? 0);
  if (!(spanMs > 0 && spanMs <= daysMax * UNITS_MS.d)) {
    throw new InvalidArgumentError(`Expected a span such as 90d, 12h, 30m or 45s, at most ${daysMax}d.`);
  }
  return spanMs;
}

/** @returns a parser of options that gives whole seconds */
export const spanSeconds =
  (daysMax: number) =>
  (text: string): number =>
    spanMsOf(text, daysMax) / 1000;
