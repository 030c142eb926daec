import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

it('a lock that bears the id of this process but was left by an earlier one is taken over', () => {
  const index = folder();
  writeFileSync(join(index, 'LOCK'), `${process.pid}\n`);
  const unlock = lockIndex(index);
  expect(() => lockIndex(index)).toThrow(`process ${process.pid} is writing it`);
  unlock();
});

it('letting go removes no lock of another, and leaves nothing else behind', () => {
  const index = folder();
  const unlock = lockIndex(index);
  writeFileSync(join(index, 'LOCK'), '1\n');
  unlock();
  expect(readFileSync(join(index, 'LOCK'), 'utf8')).toBe('1\n');
  expect(readdirSync(index)).toEqual(['LOCK']);
});

it('of many processes that find the same stale lock, one takes it', async () => {
  const index = folder();
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(join(index, 'LOCK'), `${pid}\n`);
  const store = new URL('../../../dist/engine/store/index.js', import.meta.url).href;
  // Each holds what it took until its input ends, so that none can follow another.
  const script = `import(${JSON.stringify(store)}).then(({ lockIndex }) => {
    try { lockIndex(${JSON.stringify(index)}); console.log('taken'); } catch (error) { console.log(error.code); }
    process.stdin.resume();
  })`;
  const waiters = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const said = await Promise.all(waiters.map(async ({ stdout }) => String((await once(stdout, 'data'))[0]).trim()));
  for (const { stdin } of waiters) stdin.end();
  expect(said.sort()).toEqual([...new Array<string>(5).fill('index_busy'), 'taken']);
  expect(readdirSync(index)).toEqual(['LOCK']);
});
