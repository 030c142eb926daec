/** Readings of single values that several kinds of source share. Each gives null for what it cannot read. */

const ISO_DATE =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/iu;

/**
 * ISO 8601 date or date-time to milliseconds since the epoch; without an offset it is UTC, which is what WordPress's
 * `*_gmt` fields are. The zero date of MySQL and impossible days (2023-02-30) are null.
 */
export function isoDateMs(value: string): number | null {
  const match = ISO_DATE.exec(value.trim());
  if (match === null) return null;
  const [, year, month, day, hour = '00', minute = '00', second = '0', fraction = '', offset] = match;
  if (Number(year) === 0) return null;
  const wall = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  const back = new Date(wall);
  const genuine =
    back.getUTCMonth() === Number(month) - 1 &&
    back.getUTCDate() === Number(day) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60;
  if (!genuine) return null;
  return wall + Number(second) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3)) - offsetMs(offset);
}

function offsetMs(offset: string | undefined): number {
  if (offset === undefined || offset.toUpperCase() === 'Z') return 0;
  const digits = offset.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (offset.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** RFC 822 date as in RSS. WordPress writes a year of −0001 for drafts: null. */
export function rssDateMs(value: string): number | null {
  const ms = value.includes('-0001') ? Number.NaN : Date.parse(value);
  return Number.isFinite(ms) ? ms : null;
}

/** Language tag in canonical case; WordPress writes 'en_US' in its settings and 'en-US' in its pages. */
export function languageTag(value: string): string | null {
  try {
    return Intl.getCanonicalLocales(value.trim().replaceAll('_', '-'))[0] ?? null;
  } catch {
    return null;
  }
}

/** An address that may become a link: http, https or relative. `javascript:` and its like are null. */
export function linkAddress(value: string): string | null {
  const address = value.trim();
  if (!URL.canParse(address, RELATIVE_BASE)) return null;
  const { protocol } = new URL(address, RELATIVE_BASE);
  return protocol === 'http:' || protocol === 'https:' ? address : null;
}
const RELATIVE_BASE = 'https://relative.invalid/';

/** A value short enough for a message or a log line. */
export function shortened(value: unknown, charsMax = 80): unknown {
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= charsMax ? text : `${text.slice(0, charsMax - 1)}…`;
}
