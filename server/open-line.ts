/** Where queries wait for a worker, and what decides how much of each is done. */
import type { Clock } from '../engine/clock.ts';
import type { SearchRequest } from '../engine/types.ts';
import { Batcher, type BatcherSettings } from './batcher.ts';
import type { Config } from './config/index.ts';
import { LoadControl, STEP_MS } from './overload/index.ts';
import type { EnginePool } from './pool/index.ts';

export interface LineParts extends Required<Pick<BatcherSettings, 'scoreOutside'>> {
  readonly config: Config;
  readonly clock: Clock;
  readonly pool: Pick<EnginePool, 'search'>;
  readonly workers: number;
  /** A query as it may be run now, whatever it was given when it came. */
  readonly amended: (request: SearchRequest) => SearchRequest;
}

export interface Line {
  readonly control: LoadControl;
  readonly batcher: Batcher;
  /** Nothing is learned of the load any more. */
  readonly close: () => void;
}

export function openLine({ config, clock, pool, workers, amended, scoreOutside }: LineParts): Line {
  const { dispatchQueriesMax, queueQueriesMax, overload } = config.server;
  const { candidates, rerank } = config.retrieval;
  const nowMs = (): number => clock.nowUs() / 1000;
  const efforts = { ...overload, candidates, rerankDepth: rerank.depth };
  const control = new LoadControl({ settings: efforts, workers, queueQueriesMax, nowMs: nowMs() });
  const settings = { workers, dispatchQueriesMax, queueQueriesMax, clock, control, scoreOutside };
  const batcher = new Batcher((requests) => pool.search(requests.map(amended)), settings);
  const steps = setInterval(() => control.step(batcher.stalled, nowMs()), STEP_MS).unref();
  return { control, batcher, close: () => clearInterval(steps) };
}
