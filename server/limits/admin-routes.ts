/** What an operator does about limits: set one for a while, set them back, keep someone out, let someone in again. */
import { adminRoute, Refused } from '../admin/index.ts';
import type { Route } from '../http.ts';
import { adjustInput, blockInput, resetInput, unblockInput } from './admin-inputs.ts';
import { BLOCKS_MAX } from './block-list.ts';
import { type Network, printNetwork } from './network.ts';
import type { LimitOperations } from './operate.ts';
import type { PolicyStatus } from './policy.ts';

export interface LimitAdminParts {
  readonly operate: LimitOperations;
  readonly policy: () => PolicyStatus;
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
const adjust = ({ operate, policy, bodyDepthMax }: LimitAdminParts): Route =>
  adminRoute({
    method: 'POST',
    path: '/admin/rate-limit/adjust',
    input: adjustInput,
    bodyDepthMax,
    act: ({ terms, expires_seconds: expiresSeconds, preview: only }) => {
      const preview = operate.preview(terms);
      const now = only ? policy() : operate.adjust(terms, expiresSeconds);
      return { applied: !only, policy: now, preview };
    },
  });

const reset = ({ operate, bodyDepthMax }: LimitAdminParts): Route =>
  adminRoute({
    method: 'POST',
    path: '/admin/rate-limit/reset',
    input: resetInput,
    bodyDepthMax,
    act: async () => ({ policy: await operate.reset() }),
  });

const block = ({ operate, never, bodyDepthMax }: LimitAdminParts): Route =>
  adminRoute({
    method: 'POST',
    path: '/admin/rate-limit/block',
    input: blockInput(never),
    bodyDepthMax,
    act: ({ address: { network }, expires_seconds, reason }) => {
      const blocked = operate.block({ network, seconds: expires_seconds, reason, by: 'operator' });
      if (blocked === null)
        return new Refused('blocks_full', `${BLOCKS_MAX} ranges are blocked already: end some, or block wider ones`);
      return { blocked: true, block: blocked };
    },
  });

const unblock = ({ operate, bodyDepthMax }: LimitAdminParts): Route =>
  adminRoute({
    method: 'DELETE',
    path: '/admin/rate-limit/block',
    input: unblockInput,
    bodyDepthMax,
    act: ({ address: { network } }) => ({ removed: operate.unblock(network), address: printNetwork(network) }),
  });
