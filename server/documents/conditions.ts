/** Under which conditions is something to be done, and has it been asked before? Three headers. */
import type { Operation } from '../../engine/changes/index.ts';
import type { HttpRequest } from '../http.ts';
import type { FieldFault } from '../wire/index.ts';

export type Conditions = Pick<Operation, 'ifVersion' | 'key'>;

/** Headers that the door is to read for these routes. */
export const CONDITION_HEADERS = ['idempotency-key', 'if-match'] as const;

/** Printable ASCII, as a string of RFC 9651 may hold it. */
export const KEY_PATTERN = /^[\x20-\x7e]{1,255}$/;
export const KEY_EXPECTED = '1 to 255 printable ASCII characters';

/** Every document has one strong tag: its version. */
export const tagOf = (version: number): string => `"${version}"`;

const TAG = /^"(\d{1,15})"$/;

/**
 * If-Match and If-None-Match (RFC 9110, 13.1) as far as they can be meant, and Idempotency-Key
 * (draft-ietf-httpapi-idempotency-key-header), which many send without its quotes. What cannot hold is refused: one who misspells a
 * condition must not write without it.
 */
export function conditionsOf({
  method,
  headers,
}: Pick<HttpRequest, 'method' | 'headers'>):
  | { readonly ok: true; readonly value: Conditions }
  | { readonly ok: false; readonly faults: readonly FieldFault[] } {
  const faults: FieldFault[] = [];
  const match = headers.get('if-match')?.trim();
  const noneMatch = headers.get('if-none-match')?.trim();
  const given = headers.get('idempotency-key')?.trim();
  let ifVersion: Operation['ifVersion'] = null;
  if (match === '*') ifVersion = 'present';
  else if (match !== undefined) {
    const version = TAG.exec(match)?.[1];
    if (version === undefined) faults.push({ field: 'if-match', value: cut(match), expected: 'one "VERSION", or *' });
    else ifVersion = Number(version);
  }
  if (noneMatch !== undefined) {
    if (method === 'PUT' && noneMatch === '*' && match === undefined) ifVersion = 'absent';
    else faults.push({ field: 'if-none-match', value: cut(noneMatch), expected: '*, of PUT without If-Match' });
  }
  const key = given === undefined ? null : unquoted(given);
  if (key !== null && !KEY_PATTERN.test(key))
    faults.push({ field: 'idempotency-key', value: cut(given!), expected: KEY_EXPECTED });
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: { ifVersion, key } };
}

/** A string of RFC 9651, or the value as it stands. */
const unquoted = (text: string): string =>
  /^"(?:[^"\\]|\\["\\])*"$/.test(text) ? text.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : text;

const cut = (text: string): string => text.slice(0, 100);

/** Whether who asks has this version already. */
export const hasVersion = (header: string | undefined, version: number): boolean =>
  (header ?? '').split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === tagOf(version));
