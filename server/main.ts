/** Composition root: config → index → workers → routes → listen → drain. */
import { availableParallelism } from 'node:os';
import { type Clock, systemClock } from '../engine/clock.ts';
import { loadGeneration } from '../engine/index.ts';
import { leaseGeneration } from '../engine/store/index.ts';
import { ErrorLog, Recorder } from '../ops/index.ts';
import { Batcher } from './batcher.ts';
import type { Config } from './config/index.ts';
import { listen } from './http.ts';
import { openPool, slotsFor, type WorkerReport } from './pool/index.ts';
import { refusals, routesOf } from './routes.ts';
import { searchHandler } from './search-handler.ts';
import type { StatsParts } from './stats.ts';
import { loadUws } from './uws.ts';

export interface RunningServer {
  readonly port: number;
  readonly workers: number;
  readonly generation: string;
  /** Which models take part, and why others do not. */
  readonly models: WorkerReport['models'];
  /** Stops accepting, finishes what is in flight, ends the workers. Says whether everything was answered in time. */
  stop(): Promise<boolean>;
}

const workersOf = ({ server }: Config): number =>
  server.workers === 0 ? Math.max(1, availableParallelism() - 1) : server.workers;

/** @throws EngineError index_missing | index_foreign | index_damaged | internal */
export async function startServer(config: Config, clock: Clock = systemClock): Promise<RunningServer> {
  const workers = workersOf(config);
  const shared = await loadGeneration(config, slotsFor(workers));
  const release = leaseGeneration(config.index.directory, shared.manifest.generation);
  const pool = await openPool(config, shared, { workers, hangMs: config.server.hangMs });
  const { models } = await pool.report();
  const batcher = new Batcher((requests) => pool.search(requests), {
    workers,
    dispatchQueriesMax: config.server.dispatchQueriesMax,
    queueQueriesMax: config.server.queueQueriesMax,
    clock,
  });
  const recorder = new Recorder();
  const errors = new ErrorLog(config.logs);
  let draining = false;
  const stats: StatsParts = {
    shared,
    pool,
    batcher,
    recorder,
    uws: loadUws(),
    startedAtMs: clock.wallMs(),
    models: () => models,
    draining: () => draining,
    errorLinesLost: () => errors.lost,
  };
  const search = searchHandler({ config, batcher, clock, errors, recorder, draining: () => draining });
  const routes = routesOf({ config, search, stats, recorder, errors, clock });
  const server = await listen({
    ...config.server,
    routes,
    refuse: refusals({ errors, recorder, clock, routes }),
  });
  return {
    port: server.port,
    workers,
    generation: shared.manifest.generation,
    models,
    stop: async () => {
      draining = true;
      const drained = await server.drain(config.server.drainMs);
      if (!drained) batcher.stop();
      await pool.close();
      await errors.flush();
      release();
      return drained;
    },
  };
}
