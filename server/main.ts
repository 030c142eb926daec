/** Composition root: config → index → workers → judge → routes → listen → drain. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '../engine/clock.ts';
import { loadGeneration } from '../engine/index.ts';
import { packageRoot } from '../engine/package-root.ts';
import { leaseGeneration } from '../engine/store/index.ts';
import { type Judge, stageBuffers } from '../ops/index.ts';
import { identityOf, openAccess, RedactedErrorLog } from './auth/index.ts';
import { Batcher } from './batcher.ts';
import { openAnswerCache } from './cache/index.ts';
import type { Config } from './config/index.ts';
import { openConnections } from './connections/index.ts';
import { dashboardEvents } from './dashboard-events.ts';
import { type IdentityOf, openLimits } from './limits/index.ts';
import { hostsOf, listenAll } from './listeners.ts';
import { openJudge } from './open-judge.ts';
import { openPool, slotsFor, type WorkerReport } from './pool/index.ts';
import { refusals, routesOf } from './routes.ts';
import { searchHandler } from './search-handler.ts';
import type { StatsParts } from './stats/index.ts';
import { StreamLimit } from './stream-limit.ts';
import { loadUws } from './uws.ts';

export interface RunningServer {
  readonly port: number;
  readonly workers: number;
  readonly generation: string;
  /** Which models take part, and why others do not. */
  readonly models: WorkerReport['models'];
  /** When the history is read: lines of it that could not be, and the first of each file with its reason. */
  readonly historyRead: Promise<Judge['faults']>;
  /** Stops accepting, finishes what is in flight, ends the workers. Says whether everything was answered in time. */
  stop(): Promise<boolean>;
}

const workersOf = ({ server }: Config): number =>
  server.workers === 0 ? Math.max(1, availableParallelism() - 1) : server.workers;

/** What the logs' disk gets to take the last lines: one that hangs must not hold up the end. */
const FLUSH_MS = 5000;

const versionOf = (): string =>
  (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;

const keyIdOf: IdentityOf = (request) => {
  const who = identityOf(request);
  return who.kind === 'key' ? who.id : null;
};

/** @throws EngineError index_missing | index_foreign | index_damaged | config_invalid | internal */
export async function startServer(config: Config, clock: Clock = systemClock): Promise<RunningServer> {
  const errors = new RedactedErrorLog(config.logs);
  const access = openAccess({
    ...config.server,
    hosts: hostsOf(config),
    clock,
    report: (detail) =>
      errors.write({ timeMs: clock.wallMs(), requestId: '', endpoint: 'keys', code: 'config_invalid', detail }),
  });
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
  let draining = false;
  // The judge counts what fails; it is there before anything is asked.
  const generation = (): string => shared.manifest.generation;
  const cache = openAnswerCache(config, {
    clock,
    generation: generation(),
    version: versionOf(),
    failed: () => judge.recorder.count('cache_error'),
  });
  const running = { shared, pool, batcher, cache: cache.answers, models: () => models, draining: () => draining };
  const errorLinesLost = (): number => errors.lost;
  const judge: Judge = openJudge({ config, clock, version: versionOf(), stages, ...running, errorLinesLost });
  const record = config.ops.enabled ? judge.record.bind(judge) : () => {};
  const stats: StatsParts = {
    ...running,
    connections: openConnections(config.server, clock),
    judge,
    exports: new StreamLimit(config.ops.exportsMax),
    uws: loadUws(),
    startedAtMs: clock.wallMs(),
    errorLinesLost,
  };
  await cache.restore();
  const search = searchHandler({ config, ...running, generation, clock, errors, record });
  const events = dashboardEvents(judge, config.ops.eventStreamsMax);
  const limits = openLimits({
    ...config.server,
    settings: config.server.limits,
    clock,
    identityOf: keyIdOf,
  });
  const server = await listenAll(config, {
    clock,
    connections: stats.connections,
    record,
    routes: access.guard(routesOf({ config, search, stats, events: events.handle, errors, clock, limits })),
    refuse: refusals({ errors, clock }),
  });
  const historyRead = (config.ops.enabled ? judge.start() : Promise.resolve()).then(() => judge.faults);
  return {
    port: server.port,
    workers,
    generation: shared.manifest.generation,
    models,
    historyRead,
    stop: async () => {
      draining = true;
      access.close();
      events.close();
      const drained = await server.drain(config.server.drainMs);
      if (!drained) batcher.stop();
      await pool.close();
      const written = Promise.all([config.ops.enabled ? judge.stop() : null, cache.close(), errors.flush()]);
      await Promise.race([written, sleep(FLUSH_MS, null, { ref: false })]);
      release();
      return drained;
    },
  };
}
