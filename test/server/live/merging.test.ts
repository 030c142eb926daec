/** When is what changed merged, and what comes of a merge that fails? */
import { expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import type { Merged } from '../../../server/live/merge-messages.ts';
import { Merging, type MergingParts } from '../../../server/live/merging.ts';
import { liveConfig } from './open-live.ts';

const MINUTE = 60_000;

function arrange(
  swapped: () => Awaited<ReturnType<MergingParts['swap']>> = () => ({ kind: 'serving', generation: 'B' }),
) {
  const log: string[] = [];
  const state = {
    nowMs: 0,
    pending: { documents: 0, bytes: 0, sinceMs: null as number | null },
    fails: null as Error | null,
  };
  const merged: Merged = { generation: 'B', leastCoverage: { history: 'h', sequence: 7 }, bytesMax: 1 };
  const merging = new Merging({
    config: liveConfig('unused', { mergeDocuments: 10, mergeAgeMs: MINUTE, documentsMax: 100, bytesMax: 2 ** 20 }),
    clock: { nowUs: () => 0, wallMs: () => state.nowMs },
    live: {
      pending: () => state.pending,
      seal: async () => {
        log.push('seal');
        return { job: { from: 'A', changed: [], coverage: { history: 'h', sequence: 9 } }, changes: [] };
      },
      removeJournal: async (upTo) => void log.push(`remove ${upTo.sequence}`),
    },
    swap: async (generation) => {
      log.push(`swap ${generation}`);
      return swapped();
    },
    report: (event) => void log.push(event),
    merge: async ({ signal, stage }) => {
      log.push('merge');
      stage('passages');
      if (state.fails !== null) throw state.fails;
      signal.throwIfAborted();
      return merged;
    },
  });
  return { merging, state, log };
}

const WHOLE = ['seal', 'merge', 'swap B', 'remove 7', 'changes_merged'];

it.each([
  ['nothing changed', 0, 0, 10 * MINUTE, false],
  ['few have changed lately', 9, 100, MINUTE - 1, false],
  ['few have changed a while ago', 1, 100, MINUTE, true],
  ['many have', 10, 100, 0, true],
  ['half of the memory is taken', 1, 2 ** 19, 0, true],
])('where %s', async (_, documents, bytes, nowMs, merges) => {
  const { merging, state, log } = arrange();
  Object.assign(state, { nowMs, pending: { documents, bytes, sinceMs: 0 } });
  await merging.look();
  expect(log).toEqual(merges ? WHOLE : []);
  expect(merging.last?.documents).toBe(merges ? documents : undefined);
});

it('one is under way at a time', async () => {
  const { merging, log } = arrange();
  await Promise.all([merging.now(), merging.now(), merging.look()]);
  expect(log).toEqual(WHOLE);
});

it('one that failed is told, and tried again later and later', async () => {
  const { merging, state, log } = arrange();
  state.pending = { documents: 10, bytes: 0, sinceMs: 0 };
  state.fails = new EngineError('index_busy', 'Somebody builds');
  const waits: number[] = [];
  for (let n = 0; n < 10; n++) {
    await merging.look();
    expect(merging.failed).toMatchObject({ code: 'index_busy', detail: 'Somebody builds', atMs: state.nowMs });
    const { retryAtMs, atMs } = merging.failed!;
    waits.push(retryAtMs - atMs);
    state.nowMs = retryAtMs - 1;
    await merging.look();
    expect(merging.failed!.atMs).toBe(atMs);
    state.nowMs = retryAtMs;
  }
  expect(waits.slice(0, 3)).toEqual([30_000, 60_000, 120_000]);
  expect(Math.max(...waits)).toBe(3_600_000);
  state.fails = null;
  log.length = 0;
  await merging.look();
  expect([log, merging.failed, merging.underway]).toEqual([WHOLE, null, null]);
});

it('what is whole but came at the wrong time is not built again', async () => {
  const answers: Awaited<ReturnType<MergingParts['swap']>>[] = [
    { kind: 'refused', code: 'index_swapping', detail: 'Ask again' },
    { kind: 'refused', code: 'memory_short', detail: 'No room' },
    { kind: 'serving', generation: 'B' },
  ];
  const { merging, log } = arrange(() => answers.shift()!);
  for (let n = 0; n < 3; n++) await merging.now();
  expect(log).toEqual(['seal', 'merge', 'swap B', 'merge_failed', 'swap B', 'merge_failed', ...WHOLE]);
});

it('ends with the process, without a word', async () => {
  const { merging, log } = arrange();
  const run = merging.now();
  await merging.close();
  await run;
  expect([log.includes('merge_failed'), log.includes('changes_merged')]).toEqual([false, false]);
  await merging.now();
  expect(log).not.toContain('swap B');
});
