import { expect, it } from 'vitest';
import { ChangeCounts } from '../../../server/live/change-counts.ts';

it('each change counts once, from when it was durable to when it was visible, whatever came visible together', () => {
  let nowMs = 0;
  const counts = new ChangeCounts({ nowUs: () => nowMs * 1000, wallMs: () => nowMs });
  const { words, whole } = counts.delays;
  const seen = ({ buckets }: typeof words): number => buckets.reduce((sum, count) => sum + count, 0);
  counts.durable(10, 14);
  nowMs = 20;
  counts.visible('words', 12);
  expect([seen(words), seen(whole), words.lastMs]).toEqual([2, 0, 20]);
  counts.durable(14, 15);
  nowMs = 50;
  counts.visible('words', 15);
  counts.visible('words', 15);
  counts.visible('whole', 9);
  expect([seen(words), words.sumNs / 1e6, words.lastMs]).toEqual([5, 2 * 20 + 2 * 50 + 30, 30]);
  nowMs = 3_600_000;
  counts.visible('whole', 15);
  expect([seen(whole), whole.buckets.at(-1)]).toEqual([5, 5]);
});
