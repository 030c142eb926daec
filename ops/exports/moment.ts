/** Which moment does a text mean? ISO 8601, seconds since the epoch, or so long before now. */

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const RELATIVE = /^(?:now)?-(\d{1,9})([smhd])$/;
/** Up to the year 5138; thirteen digits would be milliseconds, and are refused rather than guessed at. */
const EPOCH_S = /^\d{1,11}(?:\.\d{1,9})?$/;
/** A `+` before the offset arrives as a space where the caller did not escape it in a query string. */
const ISO = /^(\d{4}-\d{2}-(\d{2}))(?:T(\d{2}:\d{2})(:\d{2})?(\.\d{1,9})?(?:Z|([+\- ])(\d{2}):?(\d{2}))?)?$/;

export const MOMENT_EXPECTED =
  'now, -15m (s, m, h or d), ISO 8601 such as 2026-01-31T08:00:00Z, or seconds since the epoch';

/** @returns milliseconds since the epoch, a time without an offset taken as UTC; null where the text is no moment */
export function parseMoment(text: string, nowMs: number): number | null {
  if (text === 'now') return nowMs;
  const relative = RELATIVE.exec(text);
  if (relative !== null) return nowMs - Number(relative[1]) * UNIT_MS[relative[2] as keyof typeof UNIT_MS];
  if (EPOCH_S.test(text)) return Math.round(Number(text) * 1000);
  const iso = ISO.exec(text);
  if (iso === null) return null;
  const [, date = '', day, time = '00:00', seconds = ':00', fraction = '', sign, hours, minutes] = iso;
  // Date.parse takes 31 February for 3 March.
  if (new Date(`${date}T00:00:00Z`).getUTCDate() !== Number(day)) return null;
  const offset = sign === undefined ? 'Z' : `${sign === '-' ? '-' : '+'}${hours}:${minutes}`;
  const ms = Date.parse(`${date}T${time}${seconds}${fraction.slice(0, 4)}${offset}`);
  return Number.isNaN(ms) ? null : ms;
}
