import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { coresMax, memoryBytesMax } from '../../ops/vitals.ts';
import { scratchFolder } from '../support/scratch.ts';

const MIB = 2 ** 20;

/** A file system with these files. */
function rootWith(files: Readonly<Record<string, string>>): string {
  const root = scratchFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
  return root;
}

it.each([
  ['a machine without limits', {}, 0, totalmem()],
  ['a setting', {}, 300 * MIB, 300 * MIB],
  ['a container', { 'proc/self/cgroup': '0::/', 'sys/fs/cgroup/memory.max': `${64 * MIB}` }, 0, 64 * MIB],
  [
    'a service, limited by its own group',
    {
      'proc/self/cgroup': '0::/system.slice/wp-chat.service',
      'sys/fs/cgroup/system.slice/memory.max': 'max',
      'sys/fs/cgroup/system.slice/wp-chat.service/memory.max': `${128 * MIB}`,
    },
    0,
    128 * MIB,
  ],
  [
    'a service, limited by the slice that it is in',
    {
      'proc/self/cgroup': '0::/site.slice/wp-chat.service',
      'sys/fs/cgroup/site.slice/memory.max': `${96 * MIB}`,
      'sys/fs/cgroup/site.slice/wp-chat.service/memory.max': 'max',
    },
    512 * MIB,
    96 * MIB,
  ],
  [
    'a container of version 1',
    { 'proc/self/cgroup': '4:memory:/', 'sys/fs/cgroup/memory/memory.limit_in_bytes': `${32 * MIB}` },
    0,
    32 * MIB,
  ],
])('the memory that may be used is told by %s', (_, files, configured, expected) => {
  expect(memoryBytesMax(configured, rootWith(files))).toBe(expected);
});

it.each([
  ['no quota', { 'sys/fs/cgroup/cpu.max': 'max 100000' }, availableParallelism()],
  ['half a core', { 'sys/fs/cgroup/cpu.max': '50000 100000' }, 0.5],
  [
    'a quota of the slice',
    {
      'proc/self/cgroup': '0::/site.slice/wp-chat.service',
      'sys/fs/cgroup/site.slice/cpu.max': '25000 100000',
      'sys/fs/cgroup/site.slice/wp-chat.service/cpu.max': 'max 100000',
    },
    0.25,
  ],
])('the cores that may be used are told by %s', (_, files, expected) => {
  expect(coresMax(rootWith(files))).toBe(expected);
});
