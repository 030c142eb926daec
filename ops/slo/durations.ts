/** Durations as Prometheus and OpenSLO write them: one whole number and one unit. */
const UNITS_S: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Hours where they are whole, else minutes, else seconds: `72h`, `30m`. */
export function shorthandOf(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** Null for what is no such duration; months and longer have no fixed length and are none. */
export function secondsOf(shorthand: string): number | null {
  const [, digits, unit] = /^([1-9]\d{0,5})([mhdw])$/.exec(shorthand) ?? [];
  return digits === undefined ? null : Number(digits) * UNITS_S[unit!]!;
}
