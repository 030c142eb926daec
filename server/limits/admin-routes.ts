/** What an operator does about limits: set one for a while, set them back, keep someone out, let someone in again. */
import { z } from 'zod';
import { adminRoute, Refused } from '../admin/index.ts';
import type { Route } from '../http.ts';
import { BLOCKS_MAX, type Blocks } from './block-list.ts';
import type { ClientKeys } from './client-key.ts';
import type { Limiter } from './limiter.ts';
import { isIpv4Network, type Network, overlap, parseNetwork, printNetwork } from './network.ts';
import { REST_SECONDS_MAX, restSeconds } from './policy.ts';

const EXPIRES_SECONDS = 900;
const EXPIRES_SECONDS_MAX = 31 * 86_400;
const BLOCK_SECONDS = 3600;
const REASON_CHARS_MAX = 500;
/** Widest ranges that can be blocked, of 128 bits: /16 of IPv4, /32 of IPv6. */
const IPV4_BITS_MIN = 112;
const IPV6_BITS_MIN = 32;

export interface LimitAdminParts {
  readonly limiter: Limiter;
  readonly blocks: Blocks;
  readonly keys: ClientKeys;
  /** What is never blocked. */
  readonly never: readonly Network[];
  readonly bodyDepthMax: number;
}

export const limitAdminRoutes = (parts: LimitAdminParts): Route[] => [
  adjust(parts),
  reset(parts),
  block(parts),
  unblock(parts),
];

const seconds = (preset: number) => z.int().min(1).max(EXPIRES_SECONDS_MAX).default(preset);

const adjustSchema = z
  .strictObject({
    max_requests: z.int().min(1).max(1_000_000),
    window_seconds: z.int().min(1).max(86_400),
    burst: z.int().min(1).max(1_000_000).nullable().default(null),
    expires_seconds: seconds(EXPIRES_SECONDS),
    preview: z.boolean().default(false),
  })
  .transform(({ max_requests: maxRequests, window_seconds: windowSeconds, burst, ...rest }) => ({
    terms: { maxRequests, windowSeconds, burst: burst ?? maxRequests },
    ...rest,
  }))
  .refine(({ terms }) => restSeconds(terms) <= REST_SECONDS_MAX, {
    path: ['burst'],
    message: `burst × window_seconds / max_requests of at most ${REST_SECONDS_MAX} seconds`,
  });

/** Each answer says whom it refuses, or would; with `preview` it is only said. */
const adjust = ({ limiter, keys, bodyDepthMax }: LimitAdminParts): Route =>
  adminRoute({
    method: 'POST',
    path: '/admin/rate-limit/adjust',
    input: adjustSchema,
    bodyDepthMax,
    act: ({ terms, expires_seconds: expiresSeconds, preview: only }) => {
      const preview = limiter.preview(terms, (key) => keys.describe(key));
      if (!only) limiter.policy.adjust(terms, expiresSeconds);
      return { applied: !only, policy: limiter.policy.status(), preview };
    },
  });

const reset = ({ limiter, bodyDepthMax }: LimitAdminParts): Route =>
  adminRoute({
    method: 'POST',
    path: '/admin/rate-limit/reset',
    input: z.strictObject({}),
    bodyDepthMax,
    act: async () => {
      await limiter.reset();
      return { policy: limiter.policy.status() };
    },
  });

function block({ blocks, never, bodyDepthMax }: LimitAdminParts): Route {
  const input = z.strictObject({
    address: range.superRefine(({ network }, context) => {
      const message = whyNot(network, never);
      if (message !== null) context.addIssue({ code: 'custom', message });
    }),
    expires_seconds: seconds(BLOCK_SECONDS),
    reason: z.string().max(REASON_CHARS_MAX).default(''),
  });
  return adminRoute({
    method: 'POST',
    path: '/admin/rate-limit/block',
    input,
    bodyDepthMax,
    act: ({ address: { network }, expires_seconds, reason }) => {
      if (!blocks.add({ network, seconds: expires_seconds, reason, by: 'operator' }))
        return new Refused('blocks_full', `${BLOCKS_MAX} ranges are blocked already: end some, or block wider ones`);
      return { blocked: true, block: blocks.list(1)[0]! };
    },
  });
}

const unblock = ({ blocks, bodyDepthMax }: LimitAdminParts): Route =>
  adminRoute({
    method: 'DELETE',
    path: '/admin/rate-limit/block',
    input: z.strictObject({ address: range }),
    bodyDepthMax,
    act: ({ address: { network } }) => ({ removed: blocks.remove(network), address: printNetwork(network) }),
  });

const range = z.string().transform((text, context): { network: Network } => {
  const network = parseNetwork(text.trim());
  if (network !== null) return { network };
  context.addIssue({ code: 'custom', message: 'an address or a CIDR range, such as 203.0.113.7/32 or 2001:db8::/48' });
  return z.NEVER;
});

/** What would have been right, where a range may not be blocked. */
function whyNot(network: Network, never: readonly Network[]): string | null {
  const narrow = isIpv4Network(network);
  if (network.prefixBits < (narrow ? IPV4_BITS_MIN : IPV6_BITS_MIN))
    return `a range no wider than ${narrow ? '/16 of IPv4' : '/32 of IPv6'}, not ${printNetwork(network)}`;
  const kept = never.find((range) => overlap(range, network));
  if (kept === undefined) return null;
  return `a range without ${printNetwork(kept)}, which is never blocked`;
}
