/** What an operator may ask of the limits, as it is validated and described. */
import { z } from 'zod';
import { isIpv4Network, type Network, overlap, parseNetwork, printNetwork } from './network.ts';
import { REST_SECONDS_MAX, restSeconds } from './policy.ts';

const EXPIRES_SECONDS = 900;
const EXPIRES_SECONDS_MAX = 31 * 86_400;
const BLOCK_SECONDS = 3600;
const REASON_CHARS_MAX = 500;
/** Widest ranges that can be blocked, of 128 bits: /16 of IPv4, /32 of IPv6. */
const IPV4_BITS_MIN = 112;
const IPV6_BITS_MIN = 32;

const seconds = (preset: number, about: string) =>
  z.int().min(1).max(EXPIRES_SECONDS_MAX).default(preset).describe(about);

export const adjustInput = z
  .strictObject({
    max_requests: z.int().min(1).max(1_000_000).describe('Queries a client may ask in a window, on average'),
    window_seconds: z.int().min(1).max(86_400).describe('Length of the window'),
    burst: z
      .int()
      .min(1)
      .max(1_000_000)
      .nullable()
      .default(null)
      .describe('Queries at once, after a rest; max_requests where it is not given'),
    expires_seconds: seconds(EXPIRES_SECONDS, 'Then the configured limit is back'),
    preview: z.boolean().default(false).describe('Only say whom it would have refused'),
  })
  .transform(({ max_requests: maxRequests, window_seconds: windowSeconds, burst, ...rest }) => ({
    terms: { maxRequests, windowSeconds, burst: burst ?? maxRequests },
    ...rest,
  }))
  .refine(({ terms }) => restSeconds(terms) <= REST_SECONDS_MAX, {
    path: ['burst'],
    message: `burst × window_seconds / max_requests of at most ${REST_SECONDS_MAX} seconds`,
  });

export const resetInput = z.strictObject({});

const range = z
  .string()
  .describe('An address or a CIDR range, such as 203.0.113.7/32 or 2001:db8::/48')
  .transform((text, context): { network: Network } => {
    const network = parseNetwork(text.trim());
    if (network !== null) return { network };
    const message = 'an address or a CIDR range, such as 203.0.113.7/32 or 2001:db8::/48';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const unblockInput = z.strictObject({ address: range });

/** @param never what may not be blocked */
export const blockInput = (never: readonly Network[]) =>
  z.strictObject({
    address: range.superRefine(({ network }, context) => {
      const message = whyNot(network, never);
      if (message !== null) context.addIssue({ code: 'custom', message });
    }),
    expires_seconds: seconds(BLOCK_SECONDS, 'Then the block is gone'),
    reason: z.string().max(REASON_CHARS_MAX).default('').describe('Shown beside the block'),
  });

/** What would have been right, where a range may not be blocked. */
export function whyNot(network: Network, never: readonly Network[]): string | null {
  const narrow = isIpv4Network(network);
  if (network.prefixBits < (narrow ? IPV4_BITS_MIN : IPV6_BITS_MIN))
    return `a range no wider than ${narrow ? '/16 of IPv4' : '/32 of IPv6'}, not ${printNetwork(network)}`;
  const kept = never.find((range) => overlap(range, network));
  if (kept === undefined) return null;
  return `a range without ${printNetwork(kept)}, which is never blocked`;
}
