/**
 * Which of many ranges holds an address? A binary tree over its bits: at most 128 steps, 32 of them for IPv4, however many
 * ranges there are.
 */
import type { Address } from './address.ts';
import { isIpv4 } from './address.ts';
import type { Network } from './network.ts';
import { isIpv4Network } from './network.ts';

interface Node<Value> {
  zero: Node<Value> | null;
  one: Node<Value> | null;
  value: Value | null;
}

/** Where the walk begins for addresses of the mapped block. */
const IPV4_START = 96;

const emptyNode = <Value>(): Node<Value> => ({ zero: null, one: null, value: null });
const bitOf = (address: Address, at: number): number => (address[at >>> 5]! >>> (31 - (at & 31))) & 1;

export class PrefixTree<Value> {
  readonly #ipv4: Node<Value> = emptyNode();
  readonly #ipv6: Node<Value> = emptyNode();

  set(network: Network, value: Value): void {
    const { first, prefixBits } = network;
    const narrow = isIpv4Network(network);
    let node = narrow ? this.#ipv4 : this.#ipv6;
    for (let at = narrow ? IPV4_START : 0; at < prefixBits; at++) {
      const side = bitOf(first, at) === 0 ? 'zero' : 'one';
      node[side] ??= emptyNode();
      node = node[side];
    }
    node.value = value;
  }

  /** The value of the widest range that holds the address. */
  find(address: Address): Value | null {
    const narrow = isIpv4(address);
    let node: Node<Value> | null = narrow ? this.#ipv4 : this.#ipv6;
    for (let at = narrow ? IPV4_START : 0; node !== null; at++) {
      if (node.value !== null) return node.value;
      node = at === 128 ? null : bitOf(address, at) === 0 ? node.zero : node.one;
    }
    return null;
  }
}
