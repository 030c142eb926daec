/** Composition root: config → index → workers → judge → routes → listen → drain. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '../engine/clock.ts';
import { packageRoot } from '../engine/package-root.ts';
import type { ErrorLog, Judge } from '../ops/index.ts';
import { type Access, keyIdOf, openAccess, RedactedErrorLog } from './auth/index.ts';
import type { Config } from './config/index.ts';
import { openConnections } from './connections/index.ts';
import { dashboardEvents } from './dashboard-events.ts';
import type { LivingDocuments } from './documents/index.ts';
import { callerOf } from './limits/index.ts';
import { hostsOf, listenAll } from './listeners.ts';
import { briefOfChanges, changeFamilies } from './live/index.ts';
import { openCare } from './open-care.ts';
import { openTrials, type Trials } from './open-experiments.ts';
import { openFront } from './open-front.ts';
import { openJudge } from './open-judge.ts';
import { type Operations, openOperations } from './open-operations.ts';
import { openWorkers, type Workers, type WorkersParts } from './open-workers.ts';
import type { ModelsReport } from './pool/index.ts';
import { ProcessFaults } from './process-faults.ts';
import { refusals, routesOf } from './routes.ts';
import { type SearchParts, searchHandler } from './search-handler.ts';
import type { StatsParts } from './stats/index.ts';
import { StreamLimit } from './stream-limit.ts';
import { openWebhook } from './sync/index.ts';
import { loadUws } from './uws.ts';

export interface RunningServer {
  readonly port: number;
  readonly workers: number;
  readonly generation: string;
  /** Which models take part, and why others do not. */
  readonly models: ModelsReport;
  /** When the history is read: lines of it that could not be, and the first of each file with its reason. */
  readonly historyRead: Promise<Judge['faults']>;
  /** Stops accepting, finishes what is in flight, ends the workers. Says whether everything was answered in time. */
  stop(): Promise<boolean>;
}

/** What the logs' disk gets to take the last lines: one that hangs must not hold up the end. */
const FLUSH_MS = 5000;

const versionOf = (): string =>
  (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;

/** A process that may be made to fail has a clock that can be wrong, and logs whose disk can be full; no other has. */
function faultable(config: Config, clock: Clock): { config: Config; clock: Clock; faults: ProcessFaults } {
  const faults = new ProcessFaults();
  if (!config.server.faults) return { config, clock, faults };
  return { config: { ...config, logs: faults.onDisk(config.logs) }, clock: faults.over(clock), faults };
}

/** A line of the log that is about no request. */
const noteIn =
  (errors: ErrorLog, clock: Clock) =>
  (endpoint: string, code: string, detail: string): void =>
    errors.write({ timeMs: clock.wallMs(), requestId: '', endpoint, code, detail });

/** What happened is counted and heard of, and why it did is noted. */
const tellerOf =
  (noted: ReturnType<typeof noteIn>, count: (event: string) => void, hear: Operations['heard']) =>
  (about: string) =>
  (event: string, detail: string | null): void => {
    count(event);
    hear(event, detail);
    if (detail !== null) noted(about, event, detail);
  };

interface OutsideParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly noted: ReturnType<typeof noteIn>;
  readonly documents: () => LivingDocuments;
}

/** Who may ask, and who may tell: what is wrong with that in the configuration is found before anything is opened. */
const openOutside = ({ config, clock, noted, documents }: OutsideParts) => ({
  webhook: openWebhook({
    config,
    environment: process.env,
    documents,
    clock,
    report: ({ code, message }) => noted('/webhook/wordpress', code, message),
  }),
  access: openAccess({
    ...config.server,
    hosts: hostsOf(config),
    callerOf: callerOf(config.server.limits),
    clock,
    report: (detail) => noted('keys', 'config_invalid', detail),
  }),
});

interface EndParts extends Pick<Workers, 'batcher' | 'close'> {
  readonly config: Config;
  readonly server: Pick<Awaited<ReturnType<typeof listenAll>>, 'drain'>;
  readonly access: Pick<Access, 'close'>;
  readonly events: { close(): void };
  readonly before: readonly { close(): Promise<unknown> }[];
  readonly after: readonly { close(): Promise<unknown> }[];
  readonly judge: Judge;
  readonly errors: ErrorLog;
}

/** Answers what is in flight, then ends what is under way, then writes what is to be kept. @returns whether everything was answered in time */
async function ended(parts: EndParts): Promise<boolean> {
  const { config, server, batcher, judge } = parts;
  parts.access.close();
  parts.events.close();
  const drained = await server.drain(config.server.drainMs);
  if (!drained) batcher.stop();
  await Promise.all(parts.before.map((one) => one.close()));
  await parts.close();
  const closed = parts.after.map((one) => one.close());
  const written = Promise.all([config.ops.enabled ? judge.stop() : null, ...closed, parts.errors.flush()]);
  await Promise.race([written, sleep(FLUSH_MS, null, { ref: false })]);
  return drained;
}

/** @throws EngineError index_missing | index_foreign | index_damaged | config_invalid | internal */
export async function startServer(given: Config, time: Clock = systemClock): Promise<RunningServer> {
  const { config, clock, faults } = faultable(given, time);
  const errors = new RedactedErrorLog(config.logs);
  const noted = noteIn(errors, clock);
  const count = (event: string): void => judge.recorder.count(event);
  const { access, webhook } = openOutside({ config, clock, noted, documents: () => live });
  const amended: WorkersParts['amended'] = (request) => trials.experiments.amended(request);
  const version = versionOf();
  const operations = await openOperations({ config, clock, version, judge: () => judge, noted });
  const told = tellerOf(noted, count, operations.heard);
  const workers = await openWorkers({ config, clock, report: told('index'), amended }).catch(operations.failed);
  const { pool, batcher, control, index, live, merging, generation, models, stages, arms, close } = workers;
  const care = openCare({ config, clock, index, merging, live, told, audit: () => operations.incidents.audit.head });
  let draining = false;
  const goneForMs = live.goneForMs.bind(live);
  // The judge counts what fails; it is there before anything is asked.
  const front = openFront({ ...{ config, clock, generation, goneForMs, errors, count, faults }, version });
  const { cache, limits, store } = front;
  const compared = { config, clock, arms, control, store, judge: () => judge, mayAct: access.mayAct };
  const trials: Trials = openTrials({ ...compared, report: told('canary') });
  const { experiments, relevance, askers } = trials;
  const states = { models, draining: () => draining, changes: () => briefOfChanges(live, merging, clock.wallMs()) };
  const running = { pool, batcher, control, index, cache, relevance, ...states };
  const errorLinesLost = (): number => errors.lost;
  const judge: Judge = openJudge({
    ...{ config, clock, version, stages, errorLinesLost, operations },
    ...running,
    arms: () => experiments.shares(),
    canary: () => experiments.brief(),
  });
  const record = config.ops.enabled ? judge.record.bind(judge) : () => {};
  const stats: StatsParts = {
    ...running,
    connections: openConnections(config.server, clock),
    backups: care.backups,
    changes: () => [...changeFamilies(live, merging, clock.wallMs()), ...operations.families()],
    judge,
    store,
    exports: new StreamLimit(config.ops.exportsMax),
    uws: loadUws(),
    startedAtMs: clock.wallMs(),
    errorLinesLost,
  };
  await Promise.all([front.start(), trials.start()]);
  operations.begin({ workers, cache, limits, experiments, care, errors });
  const known: SearchParts['known'] = (request) => keyIdOf(request) !== null;
  const search = searchHandler({ config, ...running, experiments, askers, known, generation, clock, errors, record });
  const outside = { config, documents: live, webhook: webhook.routes, errors, clock, count, faults };
  const events = dashboardEvents(judge, config.ops.eventStreamsMax);
  const server = await listenAll(config, {
    clock,
    connections: stats.connections,
    record,
    ...limits.door,
    routes: operations.audited(
      access.guard(
        routesOf({ ...outside, ...care, search, experiments, arms, stats, events: events.handle, limits, operations }),
      ),
    ),
    refuse: refusals({ errors, clock }),
  });
  const historyRead = (config.ops.enabled ? judge.start() : Promise.resolve()).then(() => judge.faults);
  return {
    port: server.port,
    workers: pool.workers,
    generation: generation(),
    models: models(),
    historyRead,
    stop: () => {
      draining = true;
      const [before, after] = [
        [care, webhook, trials],
        [front, operations],
      ];
      return ended({ config, access, events, server, batcher, close, before, after, judge, errors });
    },
  };
}
