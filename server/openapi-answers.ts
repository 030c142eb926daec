/** What operators' actions answer, for the API description: tests hold real answers against it. */
import { z } from 'zod';
import { SCOPES } from './auth/index.ts';

const moment = z.iso.datetime();
const count = z.int().min(0);

const policy = z.strictObject({
  name: z.enum(['default', 'adjusted']),
  maxRequests: count,
  windowSeconds: count,
  burst: count,
  since: moment,
  until: moment.nullable().describe('When the configured limit is back; null for that one itself'),
});

const preview = z.strictObject({
  recordedSeconds: count.describe('How far the record reaches back'),
  requests: count,
  refused: count.describe('Of those, what the limit would have refused'),
  refusedPercent: z.number(),
  clients: count,
  clientsRefused: count,
  worst: z.array(z.strictObject({ client: z.string(), requests: count, refused: count })),
});

const block = z.strictObject({
  address: z.string(),
  reason: z.string(),
  by: z.enum(['operator', 'automatic']),
  since: moment,
  until: moment,
  refused: count.describe('Requests it has turned away'),
});

export const adjustAnswer = z.strictObject({ applied: z.boolean(), policy, preview });
export const resetAnswer = z.strictObject({ policy });
export const blockAnswer = z.strictObject({ blocked: z.literal(true), block });
export const unblockAnswer = z.strictObject({
  removed: z.boolean().describe('Whether there was such a block'),
  address: z.string(),
});

const cache = z.strictObject({
  success: z.literal(true),
  message: z.string(),
  namespaces: z.array(z.string()),
  enabled: z.boolean(),
  entries: count,
  bytes: count,
  bytesMax: count,
});
export const cacheClearAnswer = cache.extend({ cleared: count.describe('Answers that were dropped') });
export const cacheEnableAnswer = cache.extend({ changed: z.boolean() });
export const cacheDisableAnswer = cacheEnableAnswer.extend({ expiresSeconds: count.nullable() });

export const keysAnswer = z.strictObject({
  keys: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      scopes: z.array(z.enum(SCOPES)),
      from: z.array(z.string()).describe('Networks that it may be used from; empty for all'),
      createdAt: moment,
      expiresAt: moment.nullable(),
      revokedAt: moment.nullable(),
      state: z.enum(['active', 'expired', 'revoked']),
      usedAt: moment.nullable().describe('By this process; null where it was not'),
    }),
  ),
});
