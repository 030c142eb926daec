/**
 * Under which name is something kept that is not to be read? HMAC-SHA-256 with a key of this installation's own: who has the log but not
 * the key cannot try out a list of common queries or of all addresses.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EngineError } from '../../../engine/errors.ts';

const KEY_BYTES = 32;
const NAME_CHARS = 16;

export type KeyedHash = (about: string, text: string) => string;

export interface HashKey {
  readonly key: Buffer;
  /** Why it holds for this process only; null where it is the file's. */
  readonly fault: EngineError | null;
}

/** The key of the file, which is made where there is none. Never throws. */
export function readHashKey(file: string): HashKey {
  const fresh = randomBytes(KEY_BYTES);
  try {
    mkdirSync(dirname(file), { recursive: true });
    // Two processes may start at once: one of them makes it, both read it.
    writeFileSync(file, `${fresh.toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
    return { key: fresh, fault: null };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      return { key: fresh, fault: unusable(file, (error as Error).message) };
  }
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f]{64}$/.test(text)) return { key: Buffer.from(text, 'hex'), fault: null };
    return { key: fresh, fault: unusable(file, 'expected 64 hexadecimal digits') };
  } catch (error) {
    return { key: fresh, fault: unusable(file, (error as Error).message) };
  }
}

const unusable = (file: string, why: string): EngineError =>
  new EngineError(
    'config_invalid',
    `Hashes of ab_metrics.jsonl will not fit those of other processes: ${why}: ${file}`,
    {
      file,
      field: 'canary.hashKeyFile',
      remedy: 'Move the file away, or name another',
    },
  );

/** 64 bits as 16 hexadecimal digits; the same text about something else has another. */
export const keyedHash =
  (key: Buffer): KeyedHash =>
  (about, text) =>
    createHmac('sha256', key).update(`${about}\0${text}`).digest('hex').slice(0, NAME_CHARS);
