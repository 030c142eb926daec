/** Hands the judge what it needs of the process: a port for everything it must ask, so that ops imports nothing of ours. */
import type { Clock } from '../engine/clock.ts';
import {
  createDetectors,
  Judge,
  judgementOf,
  Objectives,
  type ProcessState,
  stageSeries,
  targetsOf,
} from '../ops/index.ts';
import type { Batcher } from './batcher.ts';
import { type AnswerCache, cacheState } from './cache/index.ts';
import type { Config } from './config/index.ts';
import { indexBytes } from './index-admin/index.ts';
import type { Operations } from './open-operations.ts';
import type { LoadControl } from './overload/index.ts';
import type { EnginePool } from './pool/index.ts';
import type { StatsParts } from './stats/index.ts';

export interface JudgedProcess extends Pick<StatsParts, 'models' | 'draining' | 'errorLinesLost' | 'relevance'> {
  readonly config: Config;
  readonly clock: Clock;
  readonly version: string;
  readonly pool: EnginePool;
  readonly batcher: Batcher;
  readonly control: LoadControl;
  readonly cache: AnswerCache;
  readonly changes: () => ProcessState['changes'];
  /** Whom each arm of experiments has. */
  readonly arms: () => ProcessState['arms'];
  readonly canary: ProcessState['canary'];
  readonly operations: Pick<Operations, 'incidents' | 'lost'>;
  /** What the workers count their stages in. */
  readonly stages: readonly SharedArrayBuffer[];
}

/** @throws EngineError config_invalid where the file of the objectives cannot be taken */
export function openJudge(parts: JudgedProcess): Judge {
  const { config, clock, version, stages } = parts;
  const { slo, detectors, memoryBytesMax, historyBytesMax, historyDiskBytesMax } = config.ops;
  const { objectives, tiers } = judgementOf(slo);
  const { slowMs, ...targets } = targetsOf(objectives, slo);
  return new Judge({
    clock,
    version,
    memoryBytesMax,
    historyBytesMax,
    historyDiskBytesMax,
    logs: config.logs,
    slowMs,
    stages: stageSeries(stages),
    objectives: new Objectives(objectives, tiers),
    detectors: createDetectors(detectors, targets),
    state: () => stateOf(parts),
  });
}

function stateOf({
  pool,
  batcher,
  control,
  clock,
  cache,
  changes,
  models,
  draining,
  errorLinesLost,
  relevance,
  arms,
  canary,
  operations,
}: JudgedProcess): ProcessState {
  const { manifest, sharedBytes } = pool.serving;
  const { generation, createdAt, counts } = manifest;
  const { embedder, reranker } = models();
  return {
    draining: draining(),
    workers: pool.workers,
    workersBusy: batcher.busy,
    workersLost: pool.lost,
    queriesWaiting: batcher.waiting,
    load: control.status(clock.nowUs() / 1000),
    sharedIndexBytes: sharedBytes,
    index: {
      generation,
      createdAt,
      posts: counts.posts,
      passages: counts.passages,
      bytes: indexBytes(manifest),
    },
    changes: changes(),
    models: { embedder: briefOf(embedder), reranker: briefOf(reranker) },
    cache: cacheState(cache),
    incidents: operations.incidents.keeper.briefs(),
    arms: arms(),
    canary,
    lost: { api_errors: errorLinesLost(), ab_metrics: relevance.lost.disk, ...operations.lost() },
  };
}

const briefOf = (model: ReturnType<StatsParts['models']>['embedder']): { name: string; state: string } => ({
  name: 'name' in model ? model.name : '',
  state: model.state,
});
