/** Making, revoking and replacing keys: each a change of the file that is done when it returns. */
import { EngineError } from '../../engine/errors.ts';
import { freshKey } from './key.ts';
import { changeKeys } from './key-file.ts';
import type { KeyRecord } from './key-record.ts';
import { stateOf } from './key-record.ts';
import type { Scope } from './scopes.ts';

export interface KeyWish {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Networks in CIDR notation; empty for all. */
  readonly from: readonly string[];
  /** Milliseconds until it expires; null for never. */
  readonly lifetimeMs: number | null;
}

export interface MadeKey {
  /** The whole key, for the only time. */
  readonly key: string;
  readonly record: KeyRecord;
}

const momentOf = (timeMs: number): string => new Date(timeMs).toISOString();

function make({ name, scopes, from, lifetimeMs }: KeyWish, nowMs: number): MadeKey {
  const { id, text, sha256 } = freshKey();
  const expiresAt = lifetimeMs === null ? null : momentOf(nowMs + lifetimeMs);
  const createdAt = momentOf(nowMs);
  const record = { id, name, sha256, scopes: [...scopes], from: [...from], createdAt, expiresAt, revokedAt: null };
  return { key: text, record };
}

/** @throws EngineError as {@link changeKeys} */
export function createKey(file: string, wish: KeyWish, nowMs: number): MadeKey {
  const made = make(wish, nowMs);
  changeKeys(file, (keys) => [...keys, made.record]);
  return made;
}

/**
 * Ends a key for good; one that was revoked before stays as it is.
 *
 * @throws EngineError not_found, or as {@link changeKeys}
 */
export function revokeKey(file: string, id: string, nowMs: number): KeyRecord {
  let revoked: KeyRecord | null = null;
  changeKeys(file, (keys) => {
    const old = find(file, keys, id);
    revoked = stateOf(old, nowMs) === 'revoked' ? old : { ...old, revokedAt: momentOf(nowMs) };
    return keys.map((key) => (key.id === id ? revoked! : key));
  });
  return revoked!;
}

/**
 * A new key with the name, scopes, networks and lifetime of an old one, which is good for `graceMs` more.
 *
 * @throws EngineError not_found; request_invalid where the old one is no longer good; or as {@link changeKeys}
 */
export function rotateKey(file: string, id: string, graceMs: number, nowMs: number): MadeKey {
  let made: MadeKey | null = null;
  changeKeys(file, (keys) => {
    const old = find(file, keys, id);
    if (stateOf(old, nowMs) !== 'active') {
      const remedy = 'Make a new one: wp-chat keys create';
      throw new EngineError('request_invalid', `Cannot rotate a key that is ${stateOf(old, nowMs)}: ${id}`, { remedy });
    }
    const { name, scopes, from, createdAt, expiresAt } = old;
    const lifetimeMs = expiresAt === null ? null : Date.parse(expiresAt) - Date.parse(createdAt);
    made = make({ name, scopes, from, lifetimeMs }, nowMs);
    const endsMs = Math.min(
      nowMs + graceMs,
      old.revokedAt === null ? Number.POSITIVE_INFINITY : Date.parse(old.revokedAt),
    );
    const ended = { ...old, revokedAt: momentOf(endsMs) };
    return [...keys.map((key) => (key.id === id ? ended : key)), made.record];
  });
  return made!;
}

function find(file: string, keys: readonly KeyRecord[], id: string): KeyRecord {
  const found = keys.find((key) => key.id === id);
  if (found !== undefined) return found;
  throw new EngineError('not_found', `No such key: ${id}`, { file, remedy: 'wp-chat keys list shows the ids' });
}
