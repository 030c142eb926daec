/** What is kept of a key, and is it good now? */
import { z } from 'zod';
import { canonicalNetwork } from './addresses.ts';
import { ID_PATTERN } from './key.ts';
import { SCOPES } from './scopes.ts';

export const NAME_CHARS_MAX = 100;
const NETWORKS_MAX = 50;
const KEYS_MAX = 10_000;

const momentSchema = z.iso.datetime();

const recordSchema = z.strictObject({
  id: z.string().regex(ID_PATTERN),
  name: z.string().min(1).max(NAME_CHARS_MAX),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(SCOPES)).min(1),
  /** Networks that it may be used from; empty for all. */
  from: z.array(z.string().refine((text) => canonicalNetwork(text) === text, 'Expected a network')).max(NETWORKS_MAX),
  createdAt: momentSchema,
  expiresAt: momentSchema.nullable(),
  /** May lie ahead: a key that was replaced is good for a while. */
  revokedAt: momentSchema.nullable(),
});

/** The whole file. A number of the format that is not ours is a file that is not ours. */
export const keyFileSchema = z.strictObject({
  format: z.literal('wp-chat keys 1'),
  keys: z
    .array(recordSchema)
    .max(KEYS_MAX)
    .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'Expected no id twice'),
});

export type KeyRecord = z.infer<typeof recordSchema>;
export type KeyState = 'active' | 'expired' | 'revoked';

export function stateOf({ revokedAt, expiresAt }: Pick<KeyRecord, 'revokedAt' | 'expiresAt'>, nowMs: number): KeyState {
  if (revokedAt !== null && Date.parse(revokedAt) <= nowMs) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) <= nowMs ? 'expired' : 'active';
}
