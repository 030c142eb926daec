/** What the answers about the process are made of. */
import type { SharedGeneration } from '../../engine/index.ts';
import type { Judge } from '../../ops/index.ts';
import type { Batcher } from '../batcher.ts';
import type { AnswerCache } from '../cache/index.ts';
import type { Connections } from '../connections/index.ts';
import type { EnginePool, WorkerReport } from '../pool/index.ts';
import type { Shared } from '../shared/index.ts';
import type { StreamLimit } from '../stream-limit.ts';
import type { UwsBuild } from '../uws.ts';

export interface StatsParts {
  readonly shared: SharedGeneration;
  readonly pool: EnginePool;
  readonly batcher: Batcher;
  readonly judge: Judge;
  /** Of histograms. */
  readonly exports: StreamLimit;
  readonly cache: AnswerCache;
  /** What it holds in common with other processes. */
  readonly store: Pick<Shared, 'status'>;
  readonly connections: Connections;
  readonly uws: UwsBuild;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** How the models of a worker stood when it last said. */
  readonly models: () => WorkerReport['models'];
  readonly draining: () => boolean;
  readonly errorLinesLost: () => number;
}

/** What all workers share: one copy of each. */
export const sharedBytes = ({ columns, lexical, vectors }: SharedGeneration): number =>
  columns.byteLength + lexical.memory.buffer.byteLength + (vectors?.memory.buffer.byteLength ?? 0);

/** Of the generation's files. */
export const indexBytes = ({ manifest }: SharedGeneration): number =>
  Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0);
