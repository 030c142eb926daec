/** The copy of a native module for an older glibc: held against what binutils read of it, where they are installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forOlderGlibc } from '../../server/older-glibc.ts';
import { loadUws } from '../../server/uws.ts';
import { scratchFolder } from '../support/scratch.ts';

const home = dirname(createRequire(import.meta.url).resolve('uwebsockets-modern'));
const ARCHITECTURES = ['x64', 'arm64'];
const binaryOf = (architecture: string): string => join(home, `uws_linux_${architecture}_115.node`);
const readable = spawnSync('readelf', ['--version']).status === 0;
if (!readable) process.stderr.write('Symbols are not read back: readelf is not installed\n');

describe.each(ARCHITECTURES)('uWebSockets.js for %s', (architecture) => {
  const module = readFileSync(binaryOf(architecture));
  const copy = forOlderGlibc(module)!;

  it('differs in its names and versions alone', () => {
    expect(copy.length).toBe(module.length);
    const changed = module.reduce((count, byte, at) => (byte === copy[at] ? count : count + 1), 0);
    expect(changed).toBeGreaterThan(0);
    expect(changed).toBeLessThan(64);
  });

  it.skipIf(!readable)('asks for the old names, of no version, and does not insist on glibc 2.38', () => {
    const file = join(scratchFolder(), 'copy.node');
    writeFileSync(file, copy);
    const symbols = spawnSync('readelf', ['-W', '--dyn-syms', file], { encoding: 'utf8', maxBuffer: 2 ** 28 }).stdout;
    expect(symbols).not.toMatch(/isoc23/);
    expect(symbols).not.toMatch(/@GLIBC_2\.38/);
    expect(symbols).toMatch(/UND strtol\s*$/m);
    const versions = spawnSync('readelf', ['-W', '-V', file], { encoding: 'utf8', maxBuffer: 2 ** 28 }).stdout;
    expect(versions).toMatch(/GLIBC_2\.38 {2}Flags: WEAK/);
  });

  it('has nothing more to be edited', () => {
    const again = forOlderGlibc(copy);
    expect(again === null || again.equals(copy)).toBe(true);
  });
});

it.each([
  ['nothing', Buffer.alloc(0)],
  ['a text', Buffer.from('#!/bin/sh\n')],
  ['a program for something else', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1, 0])],
])('%s has no copy', (_, bytes) => {
  expect(forOlderGlibc(bytes)).toBeNull();
});

it('the newest build is the one that runs, and it tells of connections', () => {
  if (process.platform !== 'linux' || !existsSync(binaryOf(process.arch))) return;
  const { name, uws } = loadUws();
  expect(name).toBe('@btc-vision/uwebsockets.js');
  expect('filter' in uws.App()).toBe(true);
});
