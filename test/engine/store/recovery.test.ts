import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import {
  currentGeneration,
  indexStatus,
  leaseGeneration,
  lockIndex,
  openServing,
  pruneGenerations,
  setAside,
  swapGeneration,
  verifyCurrent,
} from '../../../engine/store/index.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';
import { draft, publish, START_MS } from './generation-folders.ts';

const freshFolder = temporaryFolders();

async function published(count: number): Promise<{ index: string; names: string[] }> {
  const index = freshFolder();
  const names: string[] = [];
  for (let n = 0; n < count; n++) names.push(await publish(index, START_MS + n * 1000));
  return { index, names };
}

const harm = (index: string, name: string): void =>
  writeFileSync(join(index, 'generations', name, 'posts.bin'), new Uint8Array(300).fill(8));

describe('opening what should serve', () => {
  it('a whole generation is opened without a word', async () => {
    const { index, names } = await published(2);
    expect(await openServing(index)).toMatchObject({ fallback: null, manifest: { generation: names[1] } });
  });

  it('a damaged one gives way to the last good one before it, and those in between are moved aside too', async () => {
    const { index, names } = await published(4);
    await swapGeneration(index, names[2]!);
    harm(index, names[2]!);
    harm(index, names[1]!);
    const { manifest, fallback } = await openServing(index);
    expect(manifest.generation).toBe(names[0]);
    expect(fallback).toEqual({
      damage: [
        {
          generation: names[2],
          file: 'posts.bin',
          block: 0,
          expected: 'crc32 7aa112e8',
          got: expect.stringMatching(/^[0-9a-f]{8}$/),
        },
        expect.objectContaining({ generation: names[1] }),
      ],
      serving: names[0],
      quarantined: [`${names[2]}.damaged`, `${names[1]}.damaged`],
      unmoved: null,
    });
    expect(currentGeneration(index)).toBe(names[0]);
    expect(readdirSync(join(index, 'generations')).sort()).toEqual([
      names[0],
      `${names[1]}.damaged`,
      `${names[2]}.damaged`,
      names[3],
    ]);
    const { generations } = await indexStatus(index);
    expect(generations.map(({ state }) => state)).toEqual(['serving', 'damaged', 'damaged', 'kept']);
    expect(generations[2]!.damage).toMatch(/^posts.bin, block 0: expected crc32 7aa112e8, got /);
  });

  it('where nothing good is left, nothing is moved and the first damage is told', async () => {
    const { index, names } = await published(2);
    for (const name of names) harm(index, name);
    await expect(openServing(index)).rejects.toMatchObject({
      code: 'index_damaged',
      place: { file: join(index, 'generations', names[1]!, 'posts.bin') },
    });
    expect(readdirSync(join(index, 'generations')).sort()).toEqual(names);
    expect(currentGeneration(index)).toBe(names[1]);
  });

  it('a pointer to nothing, or to a manifest that is not the one it was made for, is put right', async () => {
    const { index, names } = await published(2);
    const pointer = join(index, 'CURRENT');
    const written = readFileSync(pointer, 'utf8');
    for (const wrong of [
      'gone\n',
      '../generations\n',
      written.replace('manifest', 'manifesu'),
      written.replace(names[1]!, names[0]!),
    ]) {
      writeFileSync(pointer, wrong);
      const { fallback, manifest } = await openServing(index);
      expect(fallback).toMatchObject({ quarantined: [], unmoved: null, damage: [{ file: 'CURRENT' }] });
      expect(names).toContain(manifest.generation);
      expect((await verifyCurrent(index)).manifest.generation).toBe(manifest.generation);
    }
  });

  it('what another process serves is left where it is, and while somebody builds nothing is moved', async () => {
    const { index, names } = await published(2);
    harm(index, names[1]!);
    const unlock = lockIndex(index);
    expect((await openServing(index)).fallback).toMatchObject({ unmoved: expect.stringContaining('is writing it') });
    expect(currentGeneration(index)).toBe(names[1]);
    unlock();
    const release = leaseGeneration(index, names[1]!);
    expect((await openServing(index)).fallback).toMatchObject({
      serving: names[0],
      quarantined: [],
      unmoved: `a process still serves ${names[1]}`,
    });
    expect(currentGeneration(index)).toBe(names[0]);
    release();
  });
});

describe('moving aside what a verification found', () => {
  const found = (generation: string) => ({ generation, file: 'posts.bin', block: 0, expected: 'one', got: 'other' });

  it('a generation that does not serve goes; one that serves gives way first; the only one stays', async () => {
    const { index, names } = await published(3);
    expect(await setAside(index, found(names[0]!))).toMatchObject({
      serving: names[2],
      quarantined: [`${names[0]}.damaged`],
    });
    expect(await setAside(index, found(names[2]!))).toMatchObject({
      serving: names[1],
      quarantined: [`${names[2]}.damaged`],
    });
    await expect(setAside(index, found(names[1]!))).rejects.toBeInstanceOf(EngineError);
    expect(currentGeneration(index)).toBe(names[1]);
  });

  it('the youngest damaged one is kept by the next pruning, older ones go, and no name comes back', async () => {
    const { index, names } = await published(3);
    await setAside(index, found(names[1]!));
    await setAside(index, found(names[2]!));
    pruneGenerations(index, 5);
    expect(readdirSync(join(index, 'generations')).sort()).toEqual([names[0], `${names[2]}.damaged`]);
    expect(draft(index, START_MS + 2000).name).toBe(`${names[2]}-2`);
  });

  it('a second one of the same name gets a number', async () => {
    const { index, names } = await published(2);
    mkdirSync(join(index, 'generations', `${names[0]}.damaged`));
    expect(await setAside(index, found(names[0]!))).toMatchObject({ quarantined: [`${names[0]}.damaged-2`] });
  });
});

describe('swapping', () => {
  it('to a damaged generation or to none changes nothing', async () => {
    const { index, names } = await published(2);
    harm(index, names[0]!);
    await expect(swapGeneration(index, names[0]!)).rejects.toMatchObject({ code: 'index_damaged' });
    for (const name of ['none', '../generations', `${names[0]}.part`]) {
      await expect(swapGeneration(index, name)).rejects.toMatchObject({
        code: 'index_missing',
        place: { value: name },
      });
    }
    expect(currentGeneration(index)).toBe(names[1]);
    expect(existsSync(join(index, 'LOCK'))).toBe(false);
  });

  it('is what is proposed where CURRENT is gone but generations are there', async () => {
    const { index, names } = await published(2);
    rmSync(join(index, 'CURRENT'));
    await expect(openServing(index)).rejects.toMatchObject({
      code: 'index_missing',
      place: { remedy: `Serve what is there: wp-chat index swap ${names[1]}` },
    });
  });
});
