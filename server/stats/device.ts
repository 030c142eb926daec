/** On what does it run, with which parts, over which index? */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { HttpAnswer } from '../http.ts';
import { indexBytes } from '../index-admin/index.ts';
import { json } from './json.ts';
import type { StatsParts } from './parts.ts';

export function device(parts: StatsParts): HttpAnswer {
  const { manifest, sharedBytes } = parts.pool.serving;
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
    load: parts.judge.snapshot.load,
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
      bytes: indexBytes(manifest),
    },
    memory: {
      rssBytes: memory.rss,
      heapBytes: memory.heapUsed,
      externalBytes: memory.external,
      sharedIndexBytes: sharedBytes,
    },
  });
}
