import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { leaseGeneration, pruneGenerations } from '../../../engine/store/index.ts';

const NAMES = ['20260101-000000', '20260102-000000', '20260103-000000'];

function indexWith(names: readonly string[]): string {
  const index = mkdtempSync(join(tmpdir(), 'wp-chat-leases-'));
  for (const name of names) mkdirSync(join(index, 'generations', name), { recursive: true });
  writeFileSync(join(index, 'CURRENT'), `${names.at(-1)}\n`);
  return index;
}

it('a generation that a process serves is not pruned, until the process lets go', () => {
  const index = indexWith(NAMES);
  const release = leaseGeneration(index, NAMES[0]!);
  expect(pruneGenerations(index, 1)).toEqual([NAMES[1]]);
  expect(existsSync(join(index, 'generations', NAMES[0]!))).toBe(true);
  release();
  expect(pruneGenerations(index, 1)).toEqual([NAMES[0]]);
});

it('the lease of a process that is gone counts for nothing, and is removed', () => {
  const index = indexWith(NAMES);
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  mkdirSync(join(index, 'leases'));
  writeFileSync(join(index, 'leases', String(pid)), `${NAMES[0]}\n`);
  expect(pruneGenerations(index, 1)).toEqual([NAMES[0], NAMES[1]]);
  expect(existsSync(join(index, 'leases', String(pid)))).toBe(false);
});

it('a process may serve two at a time, and lets go of each by itself', () => {
  const index = indexWith(NAMES);
  const first = leaseGeneration(index, NAMES[0]!);
  const second = leaseGeneration(index, NAMES[1]!);
  expect(pruneGenerations(index, 1)).toEqual([]);
  first();
  first();
  expect(pruneGenerations(index, 1)).toEqual([NAMES[0]]);
  second();
  expect(pruneGenerations(index, 1)).toEqual([NAMES[1]]);
});
