/**
 * Under which 64 bits is a client counted? An IPv4 address by all of it, an IPv6 one by its /64, since that is what one
 * subscriber has; a key by a hash of its name.
 *
 * The three live in parts of the IPv6 space that no client has an address in, so the bits alone say what they are: `ffff:ffff::`
 * is multicast, `fe00::/9` is reserved.
 */
import { type Address, isIpv4, printAddress } from './address.ts';

export interface ClientKey {
  readonly high: number;
  readonly low: number;
}

const IPV4_HIGH = -1;
const NAMED_HIGH = 0xfe000000 | 0;
const NAMED_MASK = 0xff800000 | 0;
/** Names that are remembered, to be shown; there are as many as keys were given out. */
const NAMES_MAX = 4096;

export const keyOfAddress = (address: Address): ClientKey =>
  isIpv4(address) ? { high: IPV4_HIGH, low: address[3] } : { high: address[0], low: address[1] };

/** Turns names of API keys into bits, and bits into what an operator reads. */
export class ClientKeys {
  readonly #names = new Map<number, string>();

  ofName(name: string): ClientKey {
    // FNV-1a twice, with different starts: names are given out by the operator, nobody chooses them to collide.
    let one = 0x811c9dc5 | 0;
    let two = 0x01000193 | 0;
    for (let at = 0; at < name.length; at++) {
      const code = name.charCodeAt(at);
      one = Math.imul(one ^ code, 0x01000193);
      two = Math.imul(two ^ code, 0x85ebca6b);
    }
    if (this.#names.size < NAMES_MAX && !this.#names.has(two)) this.#names.set(two, name);
    return { high: NAMED_HIGH | (one & ~NAMED_MASK), low: two };
  }

  /** `203.0.113.7`, `2001:db8:1:2::/64` or `key NAME`. */
  describe({ high, low }: ClientKey): string {
    if (high === IPV4_HIGH) return printAddress([0, 0, 0xffff, low]);
    if ((high & NAMED_MASK) === NAMED_HIGH) return `key ${this.#names.get(low) ?? (low >>> 0).toString(16)}`;
    return `${printAddress([high, low, 0, 0])}/64`;
  }
}
