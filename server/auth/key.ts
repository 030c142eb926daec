/**
 * What does a key look like, and what is kept of it? `wpc_<id>.<secret>`: 48 bits of name, 256 of secret. A secret that nobody can
 * guess needs no slow hash: SHA-256 of the whole text is kept, and the text is shown once.
 */
import { createHash, randomBytes } from 'node:crypto';

const ID_BYTES = 6;
const SECRET_BYTES = 32;
const ID = 'wpc_[0-9a-f]{12}';
const SECRET = '[A-Za-z0-9_-]{43}';

export const ID_PATTERN = new RegExp(`^${ID}$`);
const KEY_PATTERN = new RegExp(`^(${ID})\\.${SECRET}$`);
/** Wherever it stands in a text, and also where its secret is cut or prolonged. */
const KEY_WITHIN = new RegExp(`(${ID})\\.[A-Za-z0-9_-]{8,}`, 'g');
/** How every key begins, percent-encoded or not: most addresses end at this question. */
const BEGINNING = /(?:w|%77)(?:p|%70)(?:c|%63)(?:_|%5f)/i;
/** Signs that a percent-encoded key can have in an address. */
const ENCODED = /%([2-7][0-9a-f])/gi;

export interface FreshKey {
  readonly id: string;
  /** The whole key; nothing else ever holds it. */
  readonly text: string;
  /** SHA-256 of the text, in hexadecimal digits. */
  readonly sha256: string;
}

export const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

export function freshKey(): FreshKey {
  const id = `wpc_${randomBytes(ID_BYTES).toString('hex')}`;
  const text = `${id}.${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { id, text, sha256: digestOf(text).toString('hex') };
}

/** The id of a text that has the form of a key, else null. */
export const idOf = (text: string): string | null => KEY_PATTERN.exec(text)?.[1] ?? null;

/** The text with the secret of every key in it blotted out; ids stay, so that a key can be found and revoked. */
export const withoutSecrets = (text: string): string => text.replaceAll(KEY_WITHIN, '$1.***');

/** The id of the first key in a path or query string, percent-encoded or not, else null. */
export function keyInAddress(address: string): string | null {
  if (!BEGINNING.test(address)) return null;
  const plain = address.replaceAll(ENCODED, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  KEY_WITHIN.lastIndex = 0;
  return KEY_WITHIN.exec(plain)?.[1] ?? null;
}
