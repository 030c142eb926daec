/** What does the process use of its machine? */
import { factsOf } from './facts.js';
import { bytes, duration, ms, share, whole } from './figures.js';
import { marked, meter } from './signs.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */

/** From here on memory is short. */
const MEMORY_SHARE_HIGH = 0.8;

const RUNGS = /** @type {Record<string, string>} */ ({
  rerank_fewer: 'fewer results reranked',
  rerank_off: 'not reranked',
  candidates_fewer: 'not reranked, fewer candidates',
  bm25_only: 'by words only',
  cache_only: 'only those known already',
  refuse: 'refused',
});

/** @param {Snapshot} snapshot */
export function workersOf({ process, load, queueMsP95 }) {
  const { workers, workersBusy, workersLost, queriesWaiting, uptimeS, version } = process;
  return [
    factsOf([
      ['Busy', `${whole(workersBusy)} of ${whole(workers)}`],
      ['Lost since the start', workersLost > 0 ? marked('warn', whole(workersLost)) : '0'],
      ['Queries waiting', whole(queriesWaiting)],
      ['Wait for a worker, p95', ms(queueMsP95)],
      ['Answers', load.rungNo > 0 ? marked('warn', RUNGS[load.rung] ?? load.rung) : 'whole'],
      ['Running for', duration(uptimeS)],
      ['Version', version],
    ]),
    meter(workers > 0 ? workersBusy / workers : 0, 'good'),
  ];
}

/** @param {Snapshot} snapshot */
export function memoryOf({ memory }) {
  const { residentBytes, bytesMax, heapBytes, externalBytes, sharedIndexBytes } = memory;
  const part = residentBytes / bytesMax;
  const used = `${bytes(residentBytes)} of ${bytes(bytesMax)}`;
  const isShort = part > MEMORY_SHARE_HIGH;
  return [
    factsOf([
      ['Resident', isShort ? marked('warn', used) : used],
      ['JavaScript heap', bytes(heapBytes)],
      ['Buffers', bytes(externalBytes)],
      ['Shared index', bytes(sharedIndexBytes)],
    ]),
    meter(part, isShort ? 'warn' : 'good', MEMORY_SHARE_HIGH),
  ];
}

/** @param {Snapshot} snapshot */
export const processorOf = ({ cpuShare, loop }) => [
  factsOf([
    ['CPU', share(cpuShare)],
    ['Event loop busy', share(loop.utilisation)],
    ['Event loop held up', ms(loop.delayMsMax)],
    ['Garbage collection', share(loop.gcShare)],
  ]),
];
