import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockIndex } from '../../../engine/store/index.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'wp-chat-lock-'));

it('a second writer is refused with the id of the first, until it lets go', () => {
  const index = folder();
  const unlock = lockIndex(index);
  expect(() => lockIndex(index)).toThrow(`process ${process.pid} is writing it`);
  unlock();
  expect(existsSync(join(index, 'LOCK'))).toBe(false);
  lockIndex(index)();
});

it('the lock of a process that is gone is taken over', () => {
  const index = folder();
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(join(index, 'LOCK'), `${pid}\n`);
  lockIndex(index)();
});

it('a lock that holds no id is taken over', () => {
  const index = folder();
  writeFileSync(join(index, 'LOCK'), '');
  lockIndex(index)();
});
