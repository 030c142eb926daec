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

const model = z.strictObject({
  state: z.enum(['ready', 'off', 'unavailable']),
  name: z.string().optional(),
  code: z.string().optional().describe('Why it is unavailable'),
  detail: z.string().optional(),
});
const models = z.strictObject({ embedder: model, reranker: model });

const changes = z.strictObject({
  documents: count.describe('Changed or deleted since the generation was built'),
  bytes: count.describe('Of memory that they take'),
  sequence: count.describe('Version of the last durable change'),
  visibleSequence: count.describe('Up to which every search finds changes by their words'),
  vectorsSequence: count.describe('Up to which every search finds them by their meaning, too'),
  journal: z.strictObject({ segments: count, bytes: count }),
  damage: z.array(z.string()).describe('What was found damaged when the journal was read'),
  refusal: z.string().nullable().describe('Why changes are refused; null where they are taken'),
  merging: z.strictObject({ stage: z.string(), documents: count, since: moment }).nullable(),
  lastMerge: z
    .strictObject({
      generation: z.string(),
      documents: count,
      tookMs: z.number(),
      bytesMax: count.describe('Most memory that its process had'),
      at: moment,
    })
    .nullable(),
  lastError: z
    .strictObject({ code: z.string(), detail: z.string(), at: moment, retryAt: moment })
    .nullable()
    .describe('Why the last merge failed; null after a success'),
});

export const indexStatusAnswer = z.strictObject({
  generation: z.string().describe('Which answers'),
  createdAt: moment,
  source: z.string(),
  language: z.string(),
  counts: z.strictObject({ posts: count, passages: count, vectors: count, terms: count, postings: count }),
  bytes: count.describe('Of its files'),
  sharedBytes: count.describe('Of memory that all workers share; twice while another is taken into service'),
  models,
  current: z.string().nullable().describe('Which is served after a restart; null where none is named'),
  generations: z.array(z.string()).describe('Whole ones on the disk, oldest first'),
  changes: changes.describe('Since it was built'),
  swap: z
    .strictObject({
      phase: z.enum(['loading', 'opening', 'leaving']).describe('leaving: queries are still on the old one'),
      from: z.string(),
      to: z.string(),
      since: moment,
    })
    .nullable(),
  last: z
    .strictObject({
      from: z.string(),
      to: z.string(),
      tookMs: z.number().describe('Until queries went to it'),
      at: moment,
    })
    .nullable(),
  failed: z
    .strictObject({ generation: z.string(), code: z.string(), detail: z.string(), at: moment })
    .nullable()
    .describe('The last that could not be taken into service; null after a success'),
});
export const indexSwapAnswer = z.strictObject({
  swapped: z.boolean().describe('Whether another one served before'),
  generation: z.string(),
  message: z.string(),
  from: z.string().optional(),
  tookMs: z.number().optional(),
  models: models.optional(),
  staysAfterRestart: z.boolean().describe('Whether CURRENT names it'),
  reason: z.string().optional().describe('Why it does not'),
});

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
