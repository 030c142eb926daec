/** Composition root: config → index → workers → judge → routes → listen → drain. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../engine/clock.ts';
import { loadGeneration } from '../engine/index.ts';
import { packageRoot } from '../engine/package-root.ts';
import { leaseGeneration } from '../engine/store/index.ts';
import { ErrorLog, type Judge, stageBuffers } from '../ops/index.ts';
import { Batcher } from './batcher.ts';
import type { Config } from './config/index.ts';
import { dashboardEvents } from './dashboard-events.ts';
import { listen } from './http.ts';
import { openLimits } from './limits/index.ts';
import { openJudge } from './open-judge.ts';
import { openPool, slotsFor, type WorkerReport } from './pool/index.ts';
import { refusals, routesOf } from './routes.ts';
import { searchHandler } from './search-handler.ts';
import type { StatsParts } from './stats/index.ts';
import { loadUws } from './uws.ts';

export interface RunningServer {
  readonly port: number;
  readonly workers: number;
  readonly generation: string;
  /** Which models take part, and why others do not. */
  readonly models: WorkerReport['models'];
  /** Lines of the history that could not be read, and the first of each file with its reason. */
  readonly historyFaults: Judge['faults'];
  /** Stops accepting, finishes what is in flight, ends the workers. Says whether everything was answered in time. */
  stop(): Promise<boolean>;
}

const workersOf = ({ server }: Config): number =>
  server.workers === 0 ? Math.max(1, availableParallelism() - 1) : server.workers;

const versionOf = (): string =>
  (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;

/** @throws EngineError index_missing | index_foreign | index_damaged | config_invalid | internal */
export async function startServer(config: Config, clock: Clock = systemClock): Promise<RunningServer> {
  const workers = workersOf(config);
  const shared = await loadGeneration(config, slotsFor(workers));
  const release = leaseGeneration(config.index.directory, shared.manifest.generation);
  const stages = config.ops.enabled ? stageBuffers(slotsFor(workers)) : [];
  const pool = await openPool(config, shared, { workers, hangMs: config.server.hangMs, stages });
  const { models } = await pool.report();
  const batcher = new Batcher((requests) => pool.search(requests), {
    workers,
    dispatchQueriesMax: config.server.dispatchQueriesMax,
    queueQueriesMax: config.server.queueQueriesMax,
    clock,
  });
  const errors = new ErrorLog(config.logs);
  let draining = false;
  const running = { shared, pool, batcher, models: () => models, draining: () => draining };
  const errorLinesLost = (): number => errors.lost;
  const judge = openJudge({ config, clock, version: versionOf(), stages, ...running, errorLinesLost });
  const record = config.ops.enabled ? judge.record.bind(judge) : () => {};
  const stats: StatsParts = {
    ...running,
    judge,
    uws: loadUws(),
    startedAtMs: clock.wallMs(),
    errorLinesLost,
  };
  const search = searchHandler({ config, batcher, clock, errors, record, draining: () => draining });
  const events = dashboardEvents(judge, config.ops.eventStreamsMax);
  const limits = openLimits({ ...config.server, settings: config.server.limits, clock });
  const server = await listen({
    ...config.server,
    clock,
    record,
    routes: routesOf({ config, search, stats, events: events.handle, errors, clock, limits }),
    refuse: refusals({ errors, clock }),
  });
  if (config.ops.enabled) judge.start();
  return {
    port: server.port,
    workers,
    generation: shared.manifest.generation,
    models,
    historyFaults: judge.faults,
    stop: async () => {
      draining = true;
      events.close();
      const drained = await server.drain(config.server.drainMs);
      if (!drained) batcher.stop();
      await pool.close();
      await judge.stop();
      await errors.flush();
      release();
      return drained;
    },
  };
}
