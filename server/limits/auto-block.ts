/**
 * Who is refused so often that answering is a waste? Refusals of an address are themselves a rate: one that exceeds it is blocked
 * for a while.
 *
 * Never blocked so: addresses that may not be blocked at all; those of private networks, where gateways of containers and
 * proxies are; and peers that forward for others without being configured as proxies, since everyone behind them would be out.
 */
import type { Clock } from '../../engine/clock.ts';
import { isIpv4, isLocal } from './address.ts';
import type { Blocks } from './block-list.ts';
import { keyOfAddress } from './client-key.ts';
import type { Caller } from './forwarded.ts';
import { GcraTable, nanosecondsSince } from './gcra.ts';
import { type Network, networkOf, overlap } from './network.ts';
import type { LimitSettings } from './settings.ts';

/** Addresses whose refusals are counted at once. */
const ADDRESSES = 8192;
const NS_PER_MINUTE = 60e9;
const IPV6_SUBSCRIBER_BITS = 64;
const ADDRESS_BITS = 128;

export interface AutoBlockParts {
  readonly settings: LimitSettings['autoBlock'];
  readonly blocks: Blocks;
  readonly never: readonly Network[];
  readonly clock: Clock;
  /** As {@link GcraTable} has it. */
  readonly seed: number;
}

export class AutoBlock {
  readonly #parts: AutoBlockParts;
  readonly #refusals: GcraTable;
  readonly #startUs: number;

  constructor(parts: AutoBlockParts) {
    this.#parts = parts;
    this.#refusals = new GcraTable(ADDRESSES, parts.seed);
    this.#startUs = parts.clock.nowUs();
  }

  refused({ address, known }: Caller): void {
    const { settings, blocks, never, clock } = this.#parts;
    const { enabled, refusalsPerMinute, seconds } = settings;
    if (!enabled || known === 'stranger' || known === 'vague') return;
    const network = networkOf(address, isIpv4(address) ? ADDRESS_BITS : IPV6_SUBSCRIBER_BITS);
    // All of what would be blocked counts: a neighbour in the same /64 may be one that never is.
    if (never.some((kept) => overlap(kept, network))) return;
    const rate = { periodNs: Math.ceil(NS_PER_MINUTE / refusalsPerMinute), burst: refusalsPerMinute };
    const nowNs = nanosecondsSince(this.#startUs, clock.nowUs());
    if (this.#refusals.take(keyOfAddress(address), 1, rate, nowNs).allowed || isLocal(address)) return;
    blocks.add({
      network,
      seconds,
      reason: `More than ${refusalsPerMinute} refusals in a minute`,
      by: 'automatic',
    });
  }
}
