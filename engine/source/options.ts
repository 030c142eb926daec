import type { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { Lookup } from './http/dial.ts';
import type { FetchLimits } from './http/fetcher.ts';
import type { Pauses } from './http/pauses.ts';
import type { SourceCredentials } from './wordpress/credentials.ts';

/** Bounds of every kind of source. */
export interface SourceLimits extends FetchLimits {
  /** Characters of one WXR item. */
  readonly itemCharsMax: number;
  readonly lineBytesMax: number;
}

export const SOURCE_LIMITS: SourceLimits = {
  requestsPerSecond: 4,
  requestTimeoutMs: 60_000,
  bodyBytesMax: 64 * 1024 * 1024,
  requestsMax: 100_000,
  totalBytesMax: 16 * 1024 ** 3,
  retriesMax: 5,
  backoffBaseMs: 1000,
  waitMsMax: 120_000,
  itemCharsMax: 32 * 1024 * 1024,
  lineBytesMax: 16 * 1024 * 1024,
};

export interface SourceOptions {
  /** Names of the types to read; `post` and `page` by default. JSONL is not restricted by it. */
  readonly types?: readonly string[];
  readonly limits?: Partial<SourceLimits>;
  /** Hosts on a private network or on this machine that may be read, by name or address. */
  readonly allowPrivateHosts?: readonly string[];
  readonly credentials?: SourceCredentials | null;
  /**
   * Asked at the end of each run of a site that is told what is known: whether all that the site lists is compared with it, which alone
   * notices what was deleted. Always where not given.
   */
  readonly comparesIds?: () => boolean;
  readonly signal?: AbortSignal | null;
  readonly clock?: Clock;
  readonly pauses?: Pauses;
  /** Uniform in 0 … 1: the jitter of retries. */
  readonly random?: () => number;
  readonly lookup?: Lookup;
  /** What '-' reads. */
  readonly stdin?: Readable;
}

export const DEFAULT_TYPES: readonly string[] = ['post', 'page'];
