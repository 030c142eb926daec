/** What crosses between the server and the process that merges. Plain values. */
import type { MergedChange } from '../../engine/build/index.ts';
import type { EngineConfig } from '../../engine/config.ts';
import type { Coverage } from '../../engine/journal/index.ts';

export interface MergeJob {
  readonly config: EngineConfig;
  readonly from: string;
  /** Ids of all changes. */
  readonly changed: readonly string[];
  readonly coverage: Coverage;
}

export interface ChangesForMerger {
  readonly changes: readonly MergedChange[];
  readonly last: boolean;
}

export type MergeStage = 'starting' | 'passages' | 'lexical' | 'graph' | 'checksums' | 'publish';

export interface Merged {
  readonly generation: string;
  /** The least of its journal that any generation covers which may yet be served. */
  readonly leastCoverage: Coverage;
  /** Most memory that the process had resident. */
  readonly bytesMax: number;
}

export type FromMerger =
  /** It has room for some more changes. */
  { readonly more: true } | { readonly stage: MergeStage };
