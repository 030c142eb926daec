/** What the answers about the process are made of. */
import type { Judge } from '../../ops/index.ts';
import type { Backups } from '../backup/index.ts';
import type { Batcher } from '../batcher.ts';
import type { AnswerCache } from '../cache/index.ts';
import type { Connections } from '../connections/index.ts';
import type { IndexSwap } from '../index-admin/index.ts';
import type { EnginePool, ModelsReport } from '../pool/index.ts';
import type { Shared } from '../shared/index.ts';
import type { StreamLimit } from '../stream-limit.ts';
import type { UwsBuild } from '../uws.ts';

export interface StatsParts {
  readonly pool: EnginePool;
  readonly index: IndexSwap;
  readonly batcher: Batcher;
  readonly judge: Judge;
  /** Of histograms. */
  readonly exports: StreamLimit;
  readonly cache: AnswerCache;
  /** What it holds in common with other processes. */
  readonly store: Pick<Shared, 'status'>;
  /** What is known of the backups. */
  readonly backups: Pick<Backups, 'freshness'>;
  readonly connections: Connections;
  readonly uws: UwsBuild;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** How the models of the workers stand over the index that serves. */
  readonly models: () => ModelsReport;
  readonly draining: () => boolean;
  readonly errorLinesLost: () => number;
}
