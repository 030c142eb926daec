/** What of an act's parameters may be written down? No secrets, no texts without end, nothing that is no value. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

const SECRET = /key|secret|token|password|authorization|cookie|credential|signature/i;
/** A key is named by its id, which is no secret. */
const NO_SECRET = /^(key_?id|idempotency_?key|dedup_?key|keys?Max)$/i;
const HIDDEN = '[redacted]';
const CHARS_MAX = 500;
const MEMBERS_MAX = 50;
const DEPTH_MAX = 5;

export function redacted(parameters: Readonly<Record<string, unknown>>): Record<string, Json> {
  return members(parameters, 0);
}

function members(value: object, depth: number): Record<string, Json> {
  const safe: Record<string, Json> = {};
  const all = Object.entries(value);
  for (const [name, member] of all.slice(0, MEMBERS_MAX)) {
    // The name of an object's prototype would not be a member when the line is read again.
    if (member === undefined || name === '__proto__') continue;
    const secret = SECRET.test(name) && !NO_SECRET.test(name);
    safe[safeText(name)] = secret ? HIDDEN : safeValue(member, depth + 1);
  }
  if (all.length > MEMBERS_MAX) safe['…'] = `${all.length - MEMBERS_MAX} more`;
  return safe;
}

function safeValue(value: unknown, depth: number): Json {
  if (typeof value === 'string') return /^(bearer|basic) /i.test(value) ? HIDDEN : safeText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value !== 'object') return safeText(String(value));
  if (depth > DEPTH_MAX) return '…';
  if (Array.isArray(value)) {
    const kept: Json[] = value.slice(0, MEMBERS_MAX).map((one) => safeValue(one, depth + 1));
    return value.length > MEMBERS_MAX ? [...kept, `… ${value.length - MEMBERS_MAX} more`] : kept;
  }
  return members(value, depth);
}

/** Keys of ours, and what addresses carry before their host, wherever they stand in a text. */
const KEY = /(wpc_[0-9a-f]{12})\.[\w-]{1,200}/g;
const PASSWORD = /:\/\/[^\s/@]{1,200}@/g;

/** Without keys and passwords, and without an end that is too far away. */
export function safeText(text: string): string {
  const shorter = text.length > CHARS_MAX ? `${text.slice(0, CHARS_MAX)}…` : text;
  const safe = shorter.replace(KEY, `$1.${HIDDEN}`).replace(PASSWORD, `://${HIDDEN}@`);
  // Half of a pair of surrogates would be another character when it is read again.
  return Buffer.from(safe).toString();
}
