/** What the process says of itself: health, device and metrics. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { SharedGeneration } from '../engine/index.ts';
import type { Recorder } from '../ops/index.ts';
import type { Batcher } from './batcher.ts';
import type { HttpAnswer } from './http.ts';
import type { EnginePool, WorkerReport } from './pool/index.ts';
import type { UwsBuild } from './uws.ts';
import { CONTENT_TYPES } from './wire/index.ts';

export interface StatsParts {
  readonly shared: SharedGeneration;
  readonly pool: EnginePool;
  readonly batcher: Batcher;
  readonly recorder: Recorder;
  readonly uws: UwsBuild;
  readonly startedAtMs: number;
  /** How the models of a worker stood when it last said. */
  readonly models: () => WorkerReport['models'];
  readonly draining: () => boolean;
  readonly errorLinesLost: () => number;
}

const json = (value: unknown, status = 200): HttpAnswer => ({
  status,
  contentType: CONTENT_TYPES.json,
  body: JSON.stringify(value),
  headers: [['cache-control', 'no-store']],
});

/** The process runs. */
export const live = (): HttpAnswer => json({ live: true });

/** Queries can be answered; 503 while they cannot. Degraded models leave it ready: BM25 serves. */
export function ready(parts: StatsParts): HttpAnswer {
  const isReady = !parts.draining();
  return json({ ready: isReady }, isReady ? 200 : 503);
}

export function health(parts: StatsParts): HttpAnswer {
  const isReady = !parts.draining();
  const models = parts.models();
  const degraded = Object.values(models).some(({ state }) => state === 'unavailable');
  const status = isReady ? (degraded ? 'degraded' : 'ok') : 'draining';
  return json(
    {
      status,
      live: true,
      ready: isReady,
      models,
      generation: parts.shared.manifest.generation,
      uptimeSeconds: Math.round((Date.now() - parts.startedAtMs) / 1000),
    },
    isReady ? 200 : 503,
  );
}

export function device(parts: StatsParts): HttpAnswer {
  const { manifest } = parts.shared;
  const memory = process.memoryUsage();
  return json({
    device: {
      platform: process.platform,
      arch: process.arch,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      node: process.version,
    },
    uwebsockets: { package: parts.uws.name, version: parts.uws.version },
    threads: {
      workers: parts.pool.workers,
      busy: parts.batcher.busy,
      lost: parts.pool.lost,
      queriesWaiting: parts.batcher.waiting,
    },
    models: {
      ...parts.models(),
      indexedWith: { embedder: manifest.embedder?.name ?? null, reranker: manifest.reranker?.name ?? null },
    },
    index: {
      generation: manifest.generation,
      createdAt: manifest.createdAt,
      source: manifest.source,
      language: manifest.analysis.language,
      ...manifest.counts,
      bytes: Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0),
    },
    memory: {
      rssBytes: memory.rss,
      heapBytes: memory.heapUsed,
      externalBytes: memory.external,
      sharedIndexBytes: sharedBytes(parts.shared),
    },
  });
}

export function metrics(parts: StatsParts): HttpAnswer {
  return json({
    since: new Date(parts.startedAtMs).toISOString(),
    endpoints: parts.recorder.snapshot(),
    queriesWaiting: parts.batcher.waiting,
    workersBusy: parts.batcher.busy,
    workersLost: parts.pool.lost,
    errorLinesLost: parts.errorLinesLost(),
  });
}

/** What all workers share: one copy of each. */
const sharedBytes = ({ columns, lexical, vectors }: SharedGeneration): number =>
  columns.byteLength + lexical.memory.buffer.byteLength + (vectors?.memory.buffer.byteLength ?? 0);
