import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machineDisk } from '../../../engine/store/disk/index.ts';
import { encodeManifest, readManifest } from '../../../engine/store/manifest.ts';
import { askCli, runCli } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { sampleIndex, startSampleServer } from '../../support/server.ts';

const over = (index: string): string[] =>
  [`index.directory=${index}`, 'server.port=0', `logs.directory=${index}/logs`].flatMap((one) => ['--set', one]);
const serve = (index: string, ...words: string[]) => runCli(['serve', ...over(index), ...words]);
/** The same where it is the index that is refused: those refusals are many. */
const refusalOf = (index: string) => askCli(['serve', ...over(index)]);

const generationOf = (index: string): string =>
  join(index, 'generations', readFileSync(join(index, 'CURRENT'), 'utf8').split('\n')[0]!);

/** A copy of the sample index with its serving generation, for a test to harm. */
function copy(): { index: string; generation: string } {
  const index = scratchFolder();
  cpSync(join(sampleIndex(), 'CURRENT'), join(index, 'CURRENT'));
  const generation = generationOf(index);
  cpSync(generationOf(sampleIndex()), generation, { recursive: true });
  return { index, generation };
}

const FILES = readdirSync(generationOf(sampleIndex()));

describe('serve refuses an index that is not whole', () => {
  it.each(FILES)('%s with one flipped bit: exit 3, and the file is named', async (file) => {
    const { index, generation } = copy();
    const path = join(generation, file);
    const bytes = readFileSync(path);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(path, bytes);
    const { code, err } = await refusalOf(index);
    expect([code, err]).toEqual([3, expect.stringContaining(path)]);
    expect(err).toMatch(/expected .+, got /);
    expect(err).toContain('wp-chat index --from');
  });

  it.each(FILES)('%s cut short: exit 3, and the file is named', async (file) => {
    const { index, generation } = copy();
    const path = join(generation, file);
    truncateSync(path, Math.floor(statSync(path).size / 2));
    const { code, err } = await refusalOf(index);
    expect([code, err]).toEqual([3, expect.stringContaining(path)]);
    expect(err).toContain('wp-chat index --from');
  });

  it.each(FILES)('%s missing: exit 3, and the file is named', async (file) => {
    const { index, generation } = copy();
    rmSync(join(generation, file));
    const { code, err } = await refusalOf(index);
    expect([code, err]).toEqual([3, expect.stringContaining(join(generation, file))]);
  });

  it('no index at all: exit 3, and what makes one', async () => {
    const index = join(tmpdir(), 'wp-chat-none-such');
    const { code, err } = await serve(index);
    expect(code).toBe(3);
    expect(err).toContain(index);
    expect(err).toContain('wp-chat index --from');
  });

  it('a pointer to a generation that is not there, where there is no other: exit 3', async () => {
    const { index, generation } = copy();
    rmSync(generation, { recursive: true });
    writeFileSync(join(index, 'CURRENT'), '20200101-000000\n');
    const { code, err } = await serve(index);
    expect([code, err]).toEqual([3, expect.stringContaining('20200101-000000')]);
  });

  it('another format: exit 3, both formats named; as JSON with the parts apart', async () => {
    const { index, generation } = copy();
    const path = join(generation, 'manifest.json');
    const { manifest } = readManifest(machineDisk, generation);
    const { format } = manifest;
    writeFileSync(path, encodeManifest({ ...manifest, format: 99 as never }));
    const { code, err } = await serve(index, '--json');
    expect(code).toBe(3);
    expect(JSON.parse(err)).toMatchObject({
      code: 'index_foreign',
      file: path,
      field: 'format',
      value: 99,
      expected: String(format),
      remedy: expect.stringContaining(`wp-chat index --from ${manifest.source} --into ${index}`),
    });
  });
});

describe('serve refuses what it cannot do', () => {
  it('a port that something else has: exit 1, and what to do', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { code, err } = await serve(sampleIndex(), '--set', `server.port=${port}`);
    other.close();
    expect(code).toBe(1);
    expect(err).toContain(`127.0.0.1:${port}`);
    expect(err).toContain('--set server.port');
  });

  it('a port that another server of its own kind has: exit 1, never half of the connections each', async () => {
    const first = await startSampleServer();
    const { code, err } = await serve(sampleIndex(), '--set', `server.port=${first.port}`);
    await first.stop();
    expect([code, err]).toEqual([1, expect.stringContaining(`127.0.0.1:${first.port}`)]);
  });

  it.each([
    [['--set', 'server.port=70000'], 'a whole number from 0 to 65535'],
    [['--set', 'server.prot=1'], 'did you mean server.port'],
    [['--set', 'retrieval.topk'], 'expected key=value'],
    [['--config', '/nowhere/config.yml'], '/nowhere/config.yml'],
    [['--no-such-option'], '--no-such-option'],
  ])('%j: exit 2, and what was expected', async (words, says) => {
    const { code, err, out } = await serve(sampleIndex(), ...words);
    expect([code, err, out]).toEqual([2, expect.stringContaining(says), '']);
  });
});
