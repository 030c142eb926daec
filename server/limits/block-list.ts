/** Who is kept out, until when, and why? Ranges of addresses, each with its end; what ended is gone without a timer. */
import type { Clock } from '../../engine/clock.ts';
import type { Address } from './address.ts';
import { type Network, printNetwork } from './network.ts';
import { PrefixTree } from './prefix-tree.ts';

export interface BlockTerms {
  readonly network: Network;
  readonly seconds: number;
  readonly reason: string;
  readonly by: 'operator' | 'automatic';
}

export interface BlockStatus {
  /** In CIDR notation. */
  readonly address: string;
  readonly reason: string;
  readonly by: BlockTerms['by'];
  /** ISO 8601. */
  readonly since: string;
  readonly until: string;
  /** Requests it has turned away. */
  readonly refused: number;
}

/** Who is kept out: in this process, or for several at once, each with a copy of what the others blocked. */
export interface Blocks {
  readonly size: number;
  /** What keeps an address out; null where nothing does. */
  covering(address: Address): Block | null;
  /** In place of a block of the same range. @returns false where there is no room: an operator's block then ends an automatic one */
  add(terms: BlockTerms): boolean;
  /** Whether there was such a range. */
  remove(network: Network): boolean;
  /** Latest first, at most so many. */
  list(count: number): BlockStatus[];
}

/** Counts what it turns away. */
export interface Block {
  readonly terms: BlockTerms;
  readonly sinceMs: number;
  /** On the clock that never goes back. */
  readonly untilUs: number;
  refused: number;
}

export const BLOCKS_MAX = 10_000;

export class BlockList implements Blocks {
  readonly #clock: Clock;
  readonly #blocks = new Map<string, Block>();
  #tree = new PrefixTree<Block>();
  #firstEndUs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    this.#sweep();
    return this.#blocks.size;
  }

  covering(address: Address): Block | null {
    if (this.#blocks.size === 0) return null;
    this.#sweep();
    return this.#tree.find(address);
  }

  /** @param sinceMs where it was set before, by another process */
  add(terms: BlockTerms, sinceMs = this.#clock.wallMs()): boolean {
    this.#sweep();
    const name = printNetwork(terms.network);
    if (!this.#blocks.has(name) && this.#blocks.size >= BLOCKS_MAX && !this.#makeRoom(terms.by)) return false;
    const block: Block = {
      terms,
      sinceMs,
      untilUs: this.#clock.nowUs() + terms.seconds * 1e6,
      refused: 0,
    };
    this.#blocks.delete(name);
    this.#blocks.set(name, block);
    this.#tree.set(terms.network, block);
    this.#firstEndUs = Math.min(this.#firstEndUs, block.untilUs);
    return true;
  }

  remove(network: Network): boolean {
    this.#sweep();
    const removed = this.#blocks.delete(printNetwork(network));
    if (removed) this.#plant();
    return removed;
  }

  list(count: number): BlockStatus[] {
    this.#sweep();
    const endMs = this.#clock.wallMs() - this.#clock.nowUs() / 1000;
    return [...this.#blocks]
      .slice(-count)
      .reverse()
      .map(([address, { terms, sinceMs, untilUs, refused }]) => ({
        address,
        reason: terms.reason,
        by: terms.by,
        since: new Date(sinceMs).toISOString(),
        until: new Date(endMs + untilUs / 1000).toISOString(),
        refused,
      }));
  }

  #makeRoom(by: BlockTerms['by']): boolean {
    if (by === 'automatic') return false;
    for (const [name, { terms }] of this.#blocks) {
      if (terms.by !== 'automatic') continue;
      this.#blocks.delete(name);
      this.#plant();
      return true;
    }
    return false;
  }

  /** Drops what has ended; looks at nothing while the first end is still to come. */
  #sweep(): void {
    const nowUs = this.#clock.nowUs();
    if (nowUs < this.#firstEndUs) return;
    for (const [name, { untilUs }] of this.#blocks) if (untilUs <= nowUs) this.#blocks.delete(name);
    this.#plant();
  }

  /** The tree anew, from what is left: blocks go far more rarely than addresses are looked up. */
  #plant(): void {
    this.#tree = new PrefixTree();
    this.#firstEndUs = Number.POSITIVE_INFINITY;
    for (const block of this.#blocks.values()) {
      this.#tree.set(block.terms.network, block);
      this.#firstEndUs = Math.min(this.#firstEndUs, block.untilUs);
    }
  }
}
