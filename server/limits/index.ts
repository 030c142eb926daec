/** Who may ask how much, and who not at all? Limits by client, blocks, and what an operator sees and does of them. */
import { randomInt } from 'node:crypto';
import type { Clock } from '../../engine/clock.ts';
import type { HttpSettings, Route } from '../http.ts';
import { printAddress } from './address.ts';
import { limitAdminRoutes } from './admin-routes.ts';
import { AutoBlock } from './auto-block.ts';
import { BlockList, type BlockStatus } from './block-list.ts';
import { ClientKeys } from './client-key.ts';
import { type LimitCounter, localCounter, type TableStatus } from './counter.ts';
import { type Caller, callerOf, namedCaller } from './forwarded.ts';
import { type IdentityOf, limited, turningAway } from './gate.ts';
import { Limiter } from './limiter.ts';
import { includes, overlap, parseNetworks } from './network.ts';
import { type Announce, announced, type LimitNotice } from './notices.ts';
import { type LimitOperations, limitOperations } from './operate.ts';
import type { PolicyStatus } from './policy.ts';
import type { LimitSettings } from './settings.ts';

/** Always kept from blocks: this machine, and addresses that stand for none. */
const NEVER_BLOCKED = '127.0.0.0/8,::1/128,0.0.0.0/32,::/128';
const BLOCKS_SHOWN = 100;
/** Peers that forward without being configured; they are few. */
const FORWARDING_MAX = 1024;

export interface LimitParts {
  readonly settings: LimitSettings;
  readonly clock: Clock;
  readonly bodyDepthMax: number;
  readonly batchQueriesMax: number;
  /** Whose key a request came with; addresses are counted where this says null. */
  readonly identityOf?: IdentityOf;
  /** Where it is counted; in this process where not said. */
  readonly counter?: LimitCounter;
  /** Told of all that is changed here and holds in every process. */
  readonly announce?: Announce;
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
  /** What the door asks of every request: is he kept out, and whom does it count for? */
  readonly door: Pick<HttpSettings, 'admit' | 'callerOf'>;
  /** The routes with limits before them, and those of the operator. */
  gate(routes: readonly Route[]): Route[];
  status(): LimitStatus;
  /** What an operator does with them, by whatever way he comes. */
  readonly operate: LimitOperations;
  /** What another process announced; a block of what is never blocked here is not taken over. */
  adopt(notice: LimitNotice): void;
}

export function openLimits(parts: LimitParts): Limits {
  const { settings, clock, bodyDepthMax, batchQueriesMax, identityOf = () => null, announce = () => {} } = parts;
  const proxies = parseNetworks(settings.trustedProxies);
  const never = [...parseNetworks(NEVER_BLOCKED), ...proxies, ...parseNetworks(settings.neverBlock)];
  const exempt = parseNetworks(settings.exempt);
  const list = new BlockList(clock);
  const blocks = announced(list, () => clock.wallMs(), announce);
  const limiter = new Limiter(settings, parts.counter ?? localCounter(settings.keysMax), clock, announce);
  const keys = new ClientKeys();
  const autoBlock = new AutoBlock({ settings: settings.autoBlock, blocks, never, clock, seed: randomInt(2 ** 31) });
  let strangers = 0;
  const forwarding = new Set<string>();
  const gate = {
    limiter,
    blocks: list,
    keys,
    callerOf: callerOf(settings),
    identityOf,
    // One that a proxy could not name may be anyone.
    exempt: ({ address, known }: Caller) => !settings.enabled || (known !== 'vague' && includes(exempt, address)),
    refused: (caller: Caller) => autoBlock.refused(caller),
    stranger: ({ address }: Caller) => {
      strangers += 1;
      if (forwarding.size < FORWARDING_MAX) forwarding.add(printAddress(address));
    },
    bodyDepthMax,
    batchQueriesMax,
    clock,
  };
  const adopt = (notice: LimitNotice): void => {
    if (notice.kind === 'unblocked') list.remove(notice.network);
    else if (notice.kind !== 'blocked') void limiter.adopt(notice);
    else if (!never.some((range) => overlap(range, notice.network))) {
      const { network, reason, by, sinceMs, untilMs } = notice;
      list.add({ network, reason, by, seconds: (untilMs - clock.wallMs()) / 1000 }, sinceMs);
    }
  };
  const operate = limitOperations({ limiter, blocks, keys, never, forwards: (address) => forwarding.has(address) });
  const admin = limitAdminRoutes({ operate, policy: () => limiter.policy.status(), never, bodyDepthMax });
  return {
    door: { admit: turningAway(gate), ...namedCaller(settings) },
    gate: (routes) => limited([...routes, ...admin], gate),
    status: () => ({
      enabled: settings.enabled,
      policy: limiter.policy.status(),
      refused: { ...limiter.refused },
      table: limiter.status(),
      forwardedByStrangers: strangers,
      blocks: { count: blocks.size, latest: blocks.list(BLOCKS_SHOWN) },
    }),
    operate,
    adopt,
  };
}

export { type Address, parseAddress, printAddress } from './address.ts';
export { adjustInput, blockInput, resetInput, unblockInput } from './admin-inputs.ts';
export type { Preview } from './arrivals.ts';
export type { Blocks } from './block-list.ts';
export { type ClientKey, keyOfAddress } from './client-key.ts';
export { type LimitCounter, type LocalCounter, localCounter } from './counter.ts';
export { type Caller, calledOf, callerOf, type FindCaller } from './forwarded.ts';
export type { IdentityOf } from './gate.ts';
export { type Decision, GcraTable, type Rate } from './gcra.ts';
export { includes, type Network, parseNetwork, parseNetworks, printNetwork } from './network.ts';
export type { Announce, LimitNotice } from './notices.ts';
export type { LimitOperations, Suspect } from './operate.ts';
export type { LimitTerms, PolicyStatus } from './policy.ts';
