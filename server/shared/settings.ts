/** What do several processes share, and where? `server.shared`. */
import { z } from 'zod';
import { storeAddress } from './store-address.ts';

const URL_CHARS_MAX = 1024;
const EXPECTED =
  'an address such as redis://127.0.0.1:6379/0 (rediss:// for TLS; user:password@ before the host, percent-encoded), or nothing';

export const sharedSchema = z.strictObject({
  redis: z
    .string()
    .max(URL_CHARS_MAX)
    .refine((text) => text === '' || storeAddress(text) !== null, EXPECTED)
    .default('')
    .meta({
      description:
        'Redis in which several processes share limits, blocks and what operators do; empty for each its own',
      secret: true,
    }),
  prefix: z
    .string()
    .min(1)
    .max(64)
    .refine((text) => /^[\w:.{}-]+$/.test(text), 'letters, digits and any of _ : . - { }')
    .default('wp-chat:')
    .describe('What the names of its keys begin with; processes that serve one site have the same'),
  timeoutMs: z
    .int()
    .min(5)
    .max(80)
    .default(30)
    .describe('Time in which it must decide; beyond it, each process counts for itself until it answers again'),
});

export type SharedSettings = z.infer<typeof sharedSchema>;
