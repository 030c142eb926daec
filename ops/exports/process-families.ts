/** The state of the process and of what it serves, as families of metrics. */
import type { Snapshot } from '../snapshot.ts';
import type { Family } from './exposition.ts';
import { singleFamily } from './single-family.ts';

const gauge = (name: string, help: string, value: number): Family => singleFamily('gauge', name, help, value);

/** @param startedMs milliseconds since the epoch */
export function processFamilies(snapshot: Snapshot, startedMs: number): Family[] {
  return [
    ...workFamilies(snapshot, startedMs),
    ...overloadFamilies(snapshot.load),
    ...loadFamilies(snapshot),
    ...cacheFamilies(snapshot.cache),
    ...servedFamilies(snapshot),
  ];
}

function workFamilies({ process }: Snapshot, startedMs: number): Family[] {
  return [
    singleFamily('info', 'wp_chat_build', 'The version that runs.', 1, { version: process.version }),
    gauge('process_start_time_seconds', 'When the process began, since the Unix epoch.', startedMs / 1000),
    gauge('wp_chat_uptime_seconds', 'How long the process has run.', process.uptimeS),
    gauge('wp_chat_draining', 'Whether the process is shutting down, 1 or 0.', process.draining ? 1 : 0),
    gauge('wp_chat_workers', 'Worker threads.', process.workers),
    gauge('wp_chat_workers_busy', 'Worker threads that have queries.', process.workersBusy),
    singleFamily('counter', 'wp_chat_workers_lost', 'Worker threads that died and were replaced.', process.workersLost),
    gauge('wp_chat_queue_queries', 'Queries that wait for a worker.', process.queriesWaiting),
  ];
}

function overloadFamilies({ rung, rungNo, concurrencyLimit, queueStands, shed }: Snapshot['load']): Family[] {
  return [
    singleFamily(
      'gauge',
      'wp_chat_degradation_rung',
      'How far answers are reduced because of load; 0 is not at all.',
      rungNo,
      {
        rung,
      },
    ),
    gauge('wp_chat_concurrency_limit', 'Queries that may be inside at once.', concurrencyLimit),
    gauge('wp_chat_queue_stands', 'Whether a queue does not go away, 1 or 0.', queueStands ? 1 : 0),
    {
      name: 'wp_chat_shed_queries',
      type: 'counter',
      help: 'Queries refused because of load, by reason.',
      samples: Object.entries(shed).map(([reason, value]) => ({ labels: { reason }, value })),
    },
  ];
}

function loadFamilies({ memory, cpuShare, loop }: Snapshot): Family[] {
  return [
    gauge('process_resident_memory_bytes', 'Memory of the process in RAM.', memory.residentBytes),
    gauge('wp_chat_memory_limit_bytes', 'Memory that the process may use.', memory.bytesMax),
    gauge('wp_chat_memory_heap_bytes', 'Of the memory, the heap of the main thread.', memory.heapBytes),
    gauge('wp_chat_memory_external_bytes', 'Of the memory, buffers outside of the heap.', memory.externalBytes),
    gauge(
      'wp_chat_memory_shared_index_bytes',
      'Of the memory, the index that all workers share.',
      memory.sharedIndexBytes,
    ),
    gauge('wp_chat_cpu_utilization_ratio', 'Share of its cores that the process used over the last step.', cpuShare),
    gauge(
      'wp_chat_event_loop_delay_max_seconds',
      'Longest delay of the event loop in the last step.',
      loop.delayMsMax / 1000,
    ),
    gauge(
      'wp_chat_event_loop_utilization_ratio',
      'Share of the last step in which the event loop was busy.',
      loop.utilisation,
    ),
    gauge('wp_chat_garbage_collection_ratio', 'Share of the last step spent collecting garbage.', loop.gcShare),
  ];
}

function cacheFamilies({ enabled, hitPercent, entries, bytes, bytesMax }: Snapshot['cache']): Family[] {
  return [
    gauge('wp_chat_cache_enabled', 'Whether answers are cached, 1 or 0.', enabled ? 1 : 0),
    ...(hitPercent === null
      ? []
      : [gauge('wp_chat_cache_hit_ratio', 'Share of look-ups in the last minute that hit.', hitPercent / 100)]),
    gauge('wp_chat_cache_entries', 'Answers in the cache.', entries),
    gauge('wp_chat_cache_size_bytes', 'Memory of the answers in the cache.', bytes),
    gauge('wp_chat_cache_limit_bytes', 'Memory that the cache may use.', bytesMax),
  ];
}

function servedFamilies({ index, models }: Snapshot): Family[] {
  return [
    singleFamily('info', 'wp_chat_index', 'The generation of the index that is served.', 1, {
      generation: index.generation,
      created_at: index.createdAt,
    }),
    gauge('wp_chat_index_posts', 'Posts in the index.', index.posts),
    gauge('wp_chat_index_passages', 'Passages in the index.', index.passages),
    gauge('wp_chat_index_size_bytes', 'Size of the index on disk.', index.bytes),
    {
      name: 'wp_chat_model',
      type: 'info',
      help: 'The models and their state.',
      samples: Object.entries(models).map(([role, { name, state }]) => ({
        labels: { role, name, state },
        value: 1,
      })),
    },
  ];
}
