/** wp-chat index status, verify and swap, on a tiny index. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { machineDisk } from '../../../engine/store/disk/index.ts';
import { currentGeneration, INDEX_FORMAT, type IndexStatus } from '../../../engine/store/index.ts';
import { encodeManifest, readManifest } from '../../../engine/store/manifest.ts';
import type { VerifyReport } from '../../../engine/store/verify/index.ts';
import { askCli, runCli } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';

const FIXTURES = join(packageRoot, 'test/fixtures/index');

const OLDER = '20260101-000000';

/** A tiny index with two generations of the same posts: the older is not the one that serves. */
function twoGenerations(): { index: string; older: string; newer: string } {
  const index = scratchFolder();
  cpSync(join(FIXTURES, `format-${INDEX_FORMAT}`), index, { recursive: true });
  const newer = currentGeneration(index)!;
  const generations = join(index, 'generations');
  const older = join(generations, OLDER);
  cpSync(join(generations, newer), older, { recursive: true });
  const { manifest } = readManifest(machineDisk, older);
  writeFileSync(join(older, 'manifest.json'), encodeManifest({ ...manifest, generation: OLDER }));
  return { index, older: OLDER, newer };
}

const run = (index: string, ...words: string[]) => askCli(['index', ...words, '--set', `index.directory=${index}`]);

function harm(index: string, generation: string): string {
  const path = join(index, 'generations', generation, 'documents.bin');
  const bytes = readFileSync(path);
  bytes[10]! ^= 4;
  writeFileSync(path, bytes);
  return path;
}

describe('index status', () => {
  it('lists generations with what they hold and weigh; as JSON the same', async () => {
    const { index, older, newer } = twoGenerations();
    const { code, out } = await run(index, 'status');
    expect(code).toBe(0);
    expect(out).toContain(`Index ${index}: generation ${newer} serves`);
    expect(out).toMatch(new RegExp(`^${older} +kept +3 `, 'm'));
    expect(out).toMatch(new RegExp(`^${newer} +serving +3 `, 'm'));
    const status = JSON.parse((await run(index, 'status', '--json')).out) as IndexStatus;
    expect(status).toMatchObject({
      current: newer,
      generations: [
        { name: older, format: INDEX_FORMAT },
        { name: newer, format: INDEX_FORMAT },
      ],
    });
    expect(status.bytesTotal).toBeGreaterThan(20_000);
  });

  it('of one that another version wrote: its format, and why it is not opened; verifying all passes over it', async () => {
    const { index, newer } = twoGenerations();
    rmSync(join(index, 'generations', OLDER), { recursive: true });
    cpSync(join(FIXTURES, 'format-1/generations'), join(index, 'generations'), { recursive: true });
    const { generations } = JSON.parse((await run(index, 'status', '--json')).out) as IndexStatus;
    expect(generations).toMatchObject([
      { state: 'kept', format: 1, damage: expect.stringContaining(`expected format ${INDEX_FORMAT}, got 1`) },
      { name: newer, format: INDEX_FORMAT, damage: null },
    ]);
    const { code, out } = await run(index, 'verify', '--all', '--json');
    expect([code, JSON.parse(out)]).toMatchObject([0, [{ report: { generation: newer, verdict: 'sound' } }]]);
  });

  it('of no index: exit 3', async () => {
    expect(await run('/nonesuch', 'status')).toMatchObject({ code: 3, err: expect.stringContaining('/nonesuch') });
  });
});

describe('index verify', () => {
  it('of a whole index: exit 0, and what was checked', async () => {
    const { index, newer } = twoGenerations();
    const { code, out } = await runCli(['index', 'verify', '--set', `index.directory=${index}`]);
    expect([code, out]).toEqual([0, expect.stringContaining(`Generation ${newer} is sound`)]);
    for (const check of ['bytes', 'counts', 'records', 'words', 'graph', 'recall'])
      expect(out).toMatch(new RegExp(`^  ${check} +passed`, 'm'));
  });

  it('of a damaged one: exit 1, the file and the block; moved aside when asked, and the last good one is to serve', async () => {
    const { index, older, newer } = twoGenerations();
    harm(index, newer);
    const told = await run(index, 'verify', '--json');
    expect(told.code).toBe(1);
    expect((JSON.parse(told.out) as { report: VerifyReport }).report).toMatchObject({
      generation: newer,
      verdict: 'damaged',
      findings: [{ check: 'bytes', file: 'documents.bin', block: 0 }],
    });
    expect(currentGeneration(index)).toBe(newer);
    const { code, out } = await run(index, 'verify', '--all', '--quarantine');
    expect(code).toBe(1);
    expect(out).toContain(`Generation ${older} is sound`);
    expect(out).toContain(`Generation ${older} is to serve; moved aside: ${newer}.damaged`);
    expect(readdirSync(join(index, 'generations')).sort()).toEqual([older, `${newer}.damaged`]);
    expect((await run(index, 'verify')).code).toBe(0);
    expect((await run(index, 'status')).out).toMatch(/damaged .*documents\.bin, block 0: expected crc32/);
  });

  it('of no such generation, or with a rate that is none: exit 3, exit 2', async () => {
    const { index } = twoGenerations();
    expect(await run(index, 'verify', 'none')).toMatchObject({
      code: 3,
      err: expect.stringContaining('No such generation: none'),
    });
    expect((await run(index, 'verify', '--rate', '0')).code).toBe(2);
  });
});

describe('index swap', () => {
  it('lets a kept generation serve, and none that is damaged or not there', async () => {
    const { index, older, newer } = twoGenerations();
    expect(await run(index, 'swap', older)).toMatchObject({
      code: 0,
      out: expect.stringContaining(`Generation ${older} is to serve`),
    });
    expect(currentGeneration(index)).toBe(older);
    const path = harm(index, newer);
    expect(await run(index, 'swap', newer)).toMatchObject({ code: 3, err: expect.stringContaining(path) });
    expect((await run(index, 'swap', 'none')).code).toBe(3);
    expect((await run(index, 'swap')).code).toBe(2);
    expect(currentGeneration(index)).toBe(older);
  });
});

describe('index', () => {
  it('without a source is wrong usage, as it was', async () => {
    expect(await runCli(['index'])).toMatchObject({
      code: 2,
      err: expect.stringContaining("required option '--from <source>'"),
    });
  });
});
