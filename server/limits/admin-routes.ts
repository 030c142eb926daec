/** What an operator does about limits: set one for a while, set them back, keep someone out, let someone in again. */
import { adminRoute, Refused } from '../admin/index.ts';
import type { Route } from '../http.ts';
import { adjustInput, blockInput, resetInput, unblockInput } from './admin-inputs.ts';
import { BLOCKS_MAX, type Blocks } from './block-list.ts';
import type { ClientKeys } from './client-key.ts';
import type { Limiter } from './limiter.ts';
import { type Network, printNetwork } from './network.ts';

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

/** Each answer says whom it refuses, or would; with `preview` it is only said. */
const adjust = ({ limiter, keys, bodyDepthMax }: LimitAdminParts): Route =>
  adminRoute({
    method: 'POST',
    path: '/admin/rate-limit/adjust',
    input: adjustInput,
    bodyDepthMax,
    act: ({ terms, expires_seconds: expiresSeconds, preview: only }) => {
      const preview = limiter.preview(terms, (key) => keys.describe(key));
      if (!only) limiter.adjust(terms, expiresSeconds);
      return { applied: !only, policy: limiter.policy.status(), preview };
    },
  });

const reset = ({ limiter, bodyDepthMax }: LimitAdminParts): Route =>
  adminRoute({
    method: 'POST',
    path: '/admin/rate-limit/reset',
    input: resetInput,
    bodyDepthMax,
    act: async () => {
      await limiter.reset();
      return { policy: limiter.policy.status() };
    },
  });

const block = ({ blocks, never, bodyDepthMax }: LimitAdminParts): Route =>
  adminRoute({
    method: 'POST',
    path: '/admin/rate-limit/block',
    input: blockInput(never),
    bodyDepthMax,
    act: ({ address: { network }, expires_seconds, reason }) => {
      if (!blocks.add({ network, seconds: expires_seconds, reason, by: 'operator' }))
        return new Refused('blocks_full', `${BLOCKS_MAX} ranges are blocked already: end some, or block wider ones`);
      return { blocked: true, block: blocks.list(1)[0]! };
    },
  });

const unblock = ({ blocks, bodyDepthMax }: LimitAdminParts): Route =>
  adminRoute({
    method: 'DELETE',
    path: '/admin/rate-limit/block',
    input: unblockInput,
    bodyDepthMax,
    act: ({ address: { network } }) => ({ removed: blocks.remove(network), address: printNetwork(network) }),
  });
