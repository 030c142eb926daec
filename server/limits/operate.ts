/** What can be done about limits while they hold: try one on what was asked, set it for a while, keep somebody out, and say who should be. */
import { isLocal, printAddress } from './address.ts';
import { whyNot } from './admin-inputs.ts';
import type { Preview } from './arrivals.ts';
import type { BlockStatus, Blocks, BlockTerms } from './block-list.ts';
import type { ClientKeys } from './client-key.ts';
import type { Limiter } from './limiter.ts';
import { type Network, parseNetwork } from './network.ts';
import type { LimitTerms, PolicyStatus } from './policy.ts';

/** Who is refused more than he is answered, and makes up much of what is refused. */
export interface Suspect {
  readonly address: string;
  readonly network: Network;
  /** Queries in the last five minutes, and how many of them the limit in force refuses. */
  readonly requests: number;
  readonly refused: number;
  /** Of all that is refused. */
  readonly sharePercent: number;
}

export interface LimitOperations {
  /** Whom such a limit would have refused in the last five minutes. */
  preview(terms: LimitTerms): Preview;
  adjust(terms: LimitTerms, seconds: number): PolicyStatus;
  /** The configured limit, and everyone as new. */
  reset(): Promise<PolicyStatus>;
  /** What would have been right, where a range may not be blocked; null where it may. */
  whyNot(network: Network): string | null;
  /** Null where there is no room. */
  block(terms: BlockTerms): BlockStatus | null;
  /** Whether it was blocked. */
  unblock(network: Network): boolean;
  /** Worst first. None is one that is never blocked, is blocked, stands in a private network, or forwards for others. */
  suspects(): Suspect[];
}

export interface OperateParts {
  readonly limiter: Limiter;
  readonly blocks: Blocks;
  readonly keys: ClientKeys;
  /** What is never blocked. */
  readonly never: readonly Network[];
  /** Whether an address forwards for others without being configured for it: everyone behind it would be out. */
  readonly forwards: (address: string) => boolean;
}

/** Refused so often in five minutes, of what he asked, and of all that is refused. */
const REFUSED_MIN = 20;
const OWN_SHARE_MIN = 0.5;
const SHARE_MIN = 0.05;

export function limitOperations({ limiter, blocks, keys, never, forwards }: OperateParts): LimitOperations {
  const preview = (terms: LimitTerms): Preview => limiter.preview(terms, (key) => keys.describe(key));
  const suspectOf = ({ client, requests, refused }: Preview['worst'][number], refusedOfAll: number): Suspect | null => {
    const network = parseNetwork(client);
    if (network === null || whyNot(network, never) !== null) return null;
    const { first } = network;
    if (isLocal(first) || forwards(printAddress(first)) || blocks.covering(first) !== null) return null;
    const isMuch = refused >= REFUSED_MIN && refused >= OWN_SHARE_MIN * requests && refused >= SHARE_MIN * refusedOfAll;
    if (!isMuch) return null;
    return { address: client, network, requests, refused, sharePercent: (100 * refused) / refusedOfAll };
  };
  return {
    preview,
    adjust: (terms, seconds) => {
      limiter.adjust(terms, seconds);
      return limiter.policy.status();
    },
    reset: async () => {
      await limiter.reset();
      return limiter.policy.status();
    },
    whyNot: (network) => whyNot(network, never),
    block: (terms) => (blocks.add(terms) ? blocks.list(1)[0]! : null),
    unblock: (network) => blocks.remove(network),
    suspects: () => {
      const { worst, refused } = preview(limiter.policy.status());
      return worst.map((one) => suspectOf(one, refused)).filter((one) => one !== null);
    },
  };
}
