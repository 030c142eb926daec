/** Arms over the workers of a server. */
import type { Clock } from '../../engine/clock.ts';
import { leaseGeneration } from '../../engine/store/index.ts';
import type { Config } from '../config/index.ts';
import { ArmDocuments, type Feed, type LiveDocuments, type LiveParts } from '../live/index.ts';
import { OutsideModels } from '../outside/index.ts';
import { type EnginePool, openKeeper, openPreparePool, slotsFor } from '../pool/index.ts';
import { Arms, type ArmsParts } from './arms.ts';
import type { Board } from './board.ts';

export interface OpenArmsParts extends Pick<ArmsParts, 'swapping'> {
  readonly config: Config;
  readonly clock: Clock;
  readonly board: Board;
  readonly pool: EnginePool;
  readonly live: LiveDocuments;
  /** Of the generation that serves. */
  readonly feed: Feed;
  readonly report: (
    event: 'arm_lost' | 'outside_model_lost' | Parameters<LiveParts['report']>[0],
    detail: string,
  ) => void;
}

export function openArms({ config, clock, board, pool, live, feed, swapping, report }: OpenArmsParts): {
  readonly arms: Arms;
  readonly documents: ArmDocuments;
} {
  const { directory } = config.index;
  const documents = new ArmDocuments({
    live,
    feed,
    pool,
    openPrepare: () => openPreparePool(config),
    report,
    lost: (generation, reason) => arms.lost(generation, reason),
  });
  const outside = new OutsideModels({
    directory: config.models.directory,
    processes: pool.workers,
    clock,
    report: (detail) => report('outside_model_lost', detail),
  });
  const arms: Arms = new Arms({
    board,
    pool,
    outside,
    documents,
    load: (generation) => openKeeper({ config, generation, workersMax: slotsFor(pool.workers), role: 'arm' }),
    lease: (generation) => leaseGeneration(directory, generation),
    swapping,
    faultsAllowed: config.server.faults,
    report,
  });
  return { arms, documents };
}
