/** Who may ask how much, and who not at all? Limits by client, blocks, and what an operator sees and does of them. */
import { randomInt } from 'node:crypto';
import type { Clock } from '../../engine/clock.ts';
import type { Route } from '../http.ts';
import { limitAdminRoutes } from './admin-routes.ts';
import { AutoBlock } from './auto-block.ts';
import { BlockList, type BlockStatus, type Blocks } from './block-list.ts';
import { ClientKeys } from './client-key.ts';
import { type LimitCounter, localCounter, type TableStatus } from './counter.ts';
import { type Caller, callerFinder } from './forwarded.ts';
import { gated, type IdentityOf } from './gate.ts';
import { Limiter } from './limiter.ts';
import { includes, parseNetworks } from './network.ts';
import type { PolicyStatus } from './policy.ts';
import type { LimitSettings } from './settings.ts';

/** Always kept from blocks: this machine, and addresses that stand for none. */
const NEVER_BLOCKED = '127.0.0.0/8,::1/128,0.0.0.0/32,::/128';
const BLOCKS_SHOWN = 100;

export interface LimitParts {
  readonly settings: LimitSettings;
  readonly clock: Clock;
  readonly bodyDepthMax: number;
  readonly batchQueriesMax: number;
  /** Whose key a request came with; addresses are counted where this says null. */
  readonly identityOf?: IdentityOf;
  /** Where it is counted and kept; in this process where not said. */
  readonly counter?: LimitCounter;
  readonly blocks?: Blocks;
}

export interface LimitStatus {
  readonly enabled: boolean;
  readonly policy: PolicyStatus;
  /** Queries since the start, by the policy that refused them. */
  readonly refused: Readonly<Record<PolicyStatus['name'], number>>;
  readonly table: TableStatus;
  /** Requests with a forwarding header from peers that are no configured proxies: many of one peer say that it should be one. */
  readonly forwardedByStrangers: number;
  readonly blocks: { readonly count: number; readonly latest: readonly BlockStatus[] };
}

export interface Limits {
  /** The routes with blocks and limits before them, and those of the operator. */
  gate(routes: readonly Route[]): Route[];
  status(): LimitStatus;
}

export function openLimits(parts: LimitParts): Limits {
  const { settings, clock, bodyDepthMax, batchQueriesMax, identityOf = () => null } = parts;
  const proxies = parseNetworks(settings.trustedProxies);
  const never = [...parseNetworks(NEVER_BLOCKED), ...proxies, ...parseNetworks(settings.neverBlock)];
  const exempt = parseNetworks(settings.exempt);
  const blocks = parts.blocks ?? new BlockList(clock);
  const limiter = new Limiter(settings, parts.counter ?? localCounter(settings.keysMax), clock);
  const keys = new ClientKeys();
  const autoBlock = new AutoBlock({ settings: settings.autoBlock, blocks, never, clock, seed: randomInt(2 ** 31) });
  const callerOf = callerFinder(proxies, settings.forwardedHeader);
  let strangers = 0;
  const gate = {
    limiter,
    blocks,
    keys,
    callerOf: (request: Parameters<typeof callerOf>[0]): Caller => {
      const caller = callerOf(request);
      if (caller.known === 'stranger') strangers += 1;
      return caller;
    },
    identityOf,
    // One that a proxy could not name may be anyone.
    exempt: ({ address, known }: Caller) => !settings.enabled || (known !== 'vague' && includes(exempt, address)),
    refused: (caller: Caller) => autoBlock.refused(caller),
    bodyDepthMax,
    batchQueriesMax,
    clock,
  };
  const admin = limitAdminRoutes({ limiter, blocks, keys, never, bodyDepthMax });
  return {
    gate: (routes) => gated([...routes, ...admin], gate),
    status: () => ({
      enabled: settings.enabled,
      policy: limiter.policy.status(),
      refused: { ...limiter.refused },
      table: limiter.status(),
      forwardedByStrangers: strangers,
      blocks: { count: blocks.size, latest: blocks.list(BLOCKS_SHOWN) },
    }),
  };
}

export { type Address, parseAddress } from './address.ts';
export type { Blocks } from './block-list.ts';
export { keyOfAddress } from './client-key.ts';
export type { LimitCounter } from './counter.ts';
export type { IdentityOf } from './gate.ts';
export { GcraTable } from './gcra.ts';
export { includes, type Network, parseNetworks } from './network.ts';
