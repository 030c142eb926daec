/** How long does who asks want to wait? */
import type { HttpRequest } from './http.ts';
import type { FieldFault } from './wire/index.ts';

const DEADLINE_HEADER = 'x-request-deadline-ms';

/** Milliseconds from now, at most what the server allows; or what is wrong with what was asked. */
export function deadlineMsOf(headers: HttpRequest['headers'], allowedMs: number): number | FieldFault {
  const given = headers.get(DEADLINE_HEADER);
  if (given === undefined) return allowedMs;
  const deadlineMs = Number(given);
  if (Number.isInteger(deadlineMs) && deadlineMs >= 1) return Math.min(deadlineMs, allowedMs);
  const expected = `a whole number of milliseconds from 1 to ${allowedMs}`;
  return { field: DEADLINE_HEADER, value: given, expected };
}
