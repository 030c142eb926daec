/** What of the limits can be set? */
import { z } from 'zod';
import { FORWARDED_HEADERS } from './forwarded.ts';
import { unreadableRange } from './network.ts';
import { REST_SECONDS_MAX, restSeconds } from './policy.ts';

const RANGES_CHARS_MAX = 8192;

const ranges = (preset: string, about: string) =>
  z
    .string()
    .max(RANGES_CHARS_MAX)
    .superRefine((text, context) => {
      const bad = unreadableRange(text);
      if (bad === null) return;
      context.addIssue({
        code: 'custom',
        message: `addresses or CIDR ranges separated by commas, such as 192.0.2.0/24,2001:db8::/32; ${JSON.stringify(bad.slice(0, 60))} is none`,
      });
    })
    .default(preset)
    .describe(about);

const autoBlockSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether a client that is refused again and again is blocked for a while'),
  refusalsPerMinute: z
    .int()
    .min(10)
    .max(1_000_000)
    .default(3000)
    .describe('Refusals of one address in a minute beyond which it is blocked'),
  seconds: z.int().min(10).max(86_400).default(900).describe('How long it stays blocked, seconds'),
});

export const limitsSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether searches are limited; blocks hold either way'),
    maxRequests: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100)
      .describe('Queries a client may ask in a window, on average; each query of a batch counts'),
    windowSeconds: z.int().min(1).max(86_400).default(1).describe('Length of the window, seconds'),
    burst: z.int().min(1).max(1_000_000).default(200).describe('Queries a client may ask at once, after a rest'),
    keysMax: z
      .int()
      .min(1024)
      .max(16_777_216)
      .default(262_144)
      .describe('Clients that are remembered, 16 bytes each; beyond it, those that owe least are forgotten'),
    exempt: ranges('127.0.0.0/8,::1/128', 'Addresses that are never limited, as CIDR ranges separated by commas'),
    neverBlock: ranges(
      '',
      'Addresses that are never blocked, besides loopback and the proxies, as CIDR ranges separated by commas',
    ),
    trustedProxies: ranges(
      '',
      'Proxies whose word on the address of the client is taken, as CIDR ranges separated by commas',
    ),
    forwardedHeader: z
      .enum(FORWARDED_HEADERS)
      .default('x-forwarded-for')
      .describe('The one header in which those proxies say it'),
    autoBlock: autoBlockSchema.prefault({}),
  })
  .superRefine((terms, context) => {
    if (restSeconds(terms) <= REST_SECONDS_MAX) return;
    context.addIssue({
      code: 'custom',
      path: ['burst'],
      message: `burst × windowSeconds / maxRequests of at most ${REST_SECONDS_MAX} seconds`,
    });
  });

export type LimitSettings = z.infer<typeof limitsSchema>;
