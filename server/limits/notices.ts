/** What of limits do several processes tell each other? What an operator changed, and who was blocked. */
import type { Block, Blocks, BlockTerms } from './block-list.ts';
import type { Network } from './network.ts';
import type { LimitTerms } from './policy.ts';

export type LimitNotice =
  /** Times are milliseconds since the epoch. */
  | { readonly kind: 'adjusted'; readonly terms: LimitTerms; readonly sinceMs: number; readonly untilMs: number }
  /** The configured limit is in force again. */
  | { readonly kind: 'restored' }
  /** Nobody owes anything any more. */
  | { readonly kind: 'forgiven' }
  | ({ readonly kind: 'blocked'; readonly sinceMs: number; readonly untilMs: number } & Omit<BlockTerms, 'seconds'>)
  | { readonly kind: 'unblocked'; readonly network: Network };

export type Announce = (notice: LimitNotice) => void;

/** The blocks, with each that is set or ended here announced. */
export function announced(blocks: Blocks, wallMs: () => number, announce: Announce): Blocks {
  return {
    get size() {
      return blocks.size;
    },
    covering: (address): Block | null => blocks.covering(address),
    list: (count) => blocks.list(count),
    add: ({ seconds, ...terms }) => {
      const added = blocks.add({ seconds, ...terms });
      const sinceMs = wallMs();
      if (added) announce({ kind: 'blocked', ...terms, sinceMs, untilMs: sinceMs + seconds * 1000 });
      return added;
    },
    remove: (network) => {
      const removed = blocks.remove(network);
      if (removed) announce({ kind: 'unblocked', network });
      return removed;
    },
  };
}
