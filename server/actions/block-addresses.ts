/** Who floods is kept out, for a while: those that are named, or those that stand out. */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import { type LimitOperations, type Network, parseNetwork, printNetwork } from '../limits/index.ts';
import { action } from './define.ts';
import type { Measures } from './measures.ts';
import { type ShowRateLimitsParts, suspectText } from './show-rate-limits.ts';

export interface BlockAddressesParts extends ShowRateLimitsParts {
  readonly measures: Pick<Measures, 'wait'>;
}

const MINUTES = 60;
const MINUTES_MAX = 44_640;
const ADDRESSES_MAX = 20;
const SEEN_MS = 2500;

export const blockAddresses = ({ limits, traffic, measures }: BlockAddressesParts): ActionDefinition =>
  action({
    id: 'block_addresses',
    title: 'Block addresses',
    about:
      'Whatever comes from these addresses is refused before it is looked at, here and in other processes, for a while. Not given, those that are refused more than they are answered.',
    risk: 'low',
    command: 'wp-chat ratelimit block ADDRESS --for 1h --yes',
    runbookCommand: 'iptables -A INPUT -s <ATTACKER_IP> -j DROP',
    timeBudgetMs: 120_000,
    cooldownMs: 0,
    concurrencyKey: 'limits',
    parameters: z.strictObject({
      addresses: z
        .array(z.string().min(1).max(64))
        .max(ADDRESSES_MAX)
        .default([])
        .describe('Addresses or CIDR ranges; none for those that stand out'),
      minutes: z.int().min(1).max(MINUTES_MAX).default(MINUTES).describe('Then they are let in again'),
    }),
    objection: ({ addresses }) => {
      const { networks, faults } = meant(limits.operate, addresses);
      if (faults.length > 0) return faults.join('; ');
      return networks.length === 0 ? 'Nobody stands out: name the addresses that are meant' : null;
    },
    preview: ({ addresses, minutes }) => {
      const suspects = limits.operate.suspects();
      return meant(limits.operate, addresses).networks.map((network) => {
        const seen = suspects.find((one) => printNetwork(one.network) === printNetwork(network));
        return `${seen === undefined ? printNetwork(network) : suspectText(seen)} is kept out for ${minutes} min`;
      });
    },
    run: async ({ addresses, minutes }, { incidentId, automatic }) => {
      const { networks } = meant(limits.operate, addresses);
      const before = traffic().limitedPerSecond;
      const reason = incidentId === null ? 'block_addresses' : `block_addresses, for incident ${incidentId}`;
      const by = automatic ? 'automatic' : 'operator';
      const blocked = networks.filter(
        (network) => limits.operate.block({ network, seconds: minutes * 60, reason, by }) !== null,
      );
      if (blocked.length === 0) throw new EngineError('blocks_full', 'There is no room for another block');
      const names = blocked.map(printNetwork);
      return {
        changed: true,
        said: `${names.length} are kept out for ${minutes} min: ${names.join(', ')}`,
        details: { blocked: names, firewall: names.map((name) => `iptables -A INPUT -s ${name} -j DROP`) },
        undo: async () => {
          const ended = blocked.filter((network) => limits.operate.unblock(network));
          return `${ended.length} are let in again`;
        },
        expiresInMs: minutes * 60_000,
        probe: async (until) => {
          await measures.wait(SEEN_MS, until);
          const after = traffic().limitedPerSecond;
          const measured = { measure: 'refused queries a second', before, after };
          const turnedAway = limits
            .status()
            .blocks.latest.filter(({ address }) => names.includes(address))
            .reduce((sum, { refused }) => sum + refused, 0);
          return {
            ok: after <= before,
            said: `${turnedAway} requests of theirs were turned away since; ${Math.round(after)} a second of others are refused`,
            measured,
          };
        },
      };
    },
  });

function meant(operate: LimitOperations, addresses: readonly string[]): { networks: Network[]; faults: string[] } {
  if (addresses.length === 0)
    return {
      networks: operate
        .suspects()
        .slice(0, ADDRESSES_MAX)
        .map(({ network }) => network),
      faults: [],
    };
  const networks: Network[] = [];
  const faults: string[] = [];
  for (const text of addresses) {
    const network = parseNetwork(text.trim());
    const fault = network === null ? 'an address or a CIDR range' : operate.whyNot(network);
    if (fault !== null) faults.push(`Expected ${fault}: ${text}`);
    else networks.push(network!);
  }
  return { networks, faults };
}
