/** Verification: what is wrong is found and named, in a process whose end is no other's. */
import { cpSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Embedder } from '../../../../engine/dense/index.ts';
import { packageRoot } from '../../../../engine/package-root.ts';
import { machineDisk } from '../../../../engine/store/disk/index.ts';
import { checksums, currentGeneration, type Manifest } from '../../../../engine/store/index.ts';
import { encodeManifest, readManifest } from '../../../../engine/store/manifest.ts';
import type { VerifyJob, VerifyProgress, VerifyReport } from '../../../../engine/store/verify/index.ts';
import { verifyInProcess } from '../../../../engine/store/verify/index.ts';
import { verifyGeneration } from '../../../../engine/store/verify/verify.ts';
import { scratchFolder } from '../../../support/scratch.ts';
import { build, configFor, post } from '../../build/sample-build.ts';

const PROGRAM = join(packageRoot, 'dist/engine/store/verify/verify-process.js');
const POSTS = 90;

/** Vectors that need no model: words scattered over the dimensions, alike where texts are. */
const embedder = {
  embed: async (ids: Int32Array) => {
    const vector = new Float32Array(384);
    for (const id of ids) for (let n = 0; n < 5; n++) vector[(id * 7919 + n * 104_729) % 384]! += n % 2 === 0 ? 1 : -1;
    const length = Math.hypot(...vector);
    return vector.map((component) => component / length);
  },
} as unknown as Embedder;

let sound = '';
let generation = '';
beforeAll(async () => {
  sound = scratchFolder();
  const posts = Array.from({ length: POSTS }, (_, n) =>
    post(String(n + 1), {
      title: `Number ${n}`,
      text: `Words of ${n}: ${n * 17}, ${n * n} and ${n % 7} birds.`,
      lang: 'en',
    }),
  );
  await build({ config: configFor(sound), posts, embedder });
  generation = currentGeneration(sound)!;
});

const job = (index: string, changes: Partial<VerifyJob> = {}): VerifyJob => ({
  index,
  generation,
  expansionSearch: 64,
  bytesPerSecondMax: null,
  deadlineMs: null,
  resume: null,
  seed: 1,
  ...changes,
});

/** A clock that stands still but while it sleeps. */
function paused() {
  let nowMs = 0;
  const progress: VerifyProgress[] = [];
  return {
    clock: { nowUs: () => nowMs * 1000, wallMs: () => nowMs },
    sleep: async (ms: number) => {
      nowMs += ms;
    },
    progress: (state: VerifyProgress) => progress.push(state),
    told: progress,
  };
}

function copy(): { index: string; folder: string } {
  const index = scratchFolder();
  cpSync(sound, index, { recursive: true });
  return { index, folder: join(index, 'generations', generation) };
}

/** Writes what a wrong build would have written: the checksums are those of the files. */
async function resealed(folder: string, change: (manifest: Manifest) => object = () => ({})): Promise<void> {
  const { manifest } = readManifest(machineDisk, folder);
  const { 'manifest.json': _, ...files } = await checksums(folder);
  writeFileSync(join(folder, 'manifest.json'), encodeManifest({ ...manifest, files, ...change(manifest) }));
}

const states = ({ checks }: VerifyReport): string => checks.map(({ check, state }) => `${check} ${state}`).join(', ');

describe('a generation that is whole', () => {
  it('is sound, all of it read, with what was measured and progress up to the end', async () => {
    const ports = paused();
    const report = await verifyGeneration(job(sound), ports);
    expect(report).toMatchObject({ generation, verdict: 'sound', findings: [], resume: null, detail: null });
    expect(states(report)).toBe(
      'bytes passed, counts passed, records passed, words passed, graph passed, recall passed',
    );
    const measured = Object.assign({}, ...report.checks.map((check) => check.measured)) as Record<string, number>;
    expect(measured).toMatchObject({ posts: POSTS, vectors: POSTS, nodes: POSTS, reachable: POSTS, files: 7 });
    expect(measured['recall']).toBeGreaterThanOrEqual(0.99);
    const percents = ports.told.map(({ percent }) => percent);
    expect(percents).toEqual(percents.toSorted((one, other) => one - other));
    expect(percents[0]).toBe(0);
    expect(percents.at(-1)).toBeGreaterThan(90);
  });

  it('is read no faster than asked', async () => {
    const ports = paused();
    const report = await verifyGeneration(job(sound, { bytesPerSecondMax: 100_000 }), ports);
    expect(report.seconds).toBeCloseTo(report.bytesRead / 100_000, 5);
    expect(report.bytesRead).toBeGreaterThan(report.bytesTotal);
  });

  it('is read on where the time was over, until all of it was', async () => {
    let resume: VerifyJob['resume'] = null;
    const verdicts: string[] = [];
    for (let run = 0; run < 20 && verdicts.at(-1) !== 'sound'; run++) {
      const limits = run < 3 ? { bytesPerSecondMax: 10_000, deadlineMs: 1000 } : {};
      const report: VerifyReport = await verifyGeneration(job(sound, { ...limits, resume }), paused());
      verdicts.push(report.verdict);
      resume = report.resume;
    }
    expect(verdicts.slice(0, 2)).toEqual(['unfinished', 'unfinished']);
    expect(verdicts.at(-1)).toBe('sound');
  });
});

describe('a generation that is damaged', () => {
  it('is not opened; every damaged file is named with its block', async () => {
    const { index, folder } = copy();
    for (const file of ['vectors.i8', 'lexical.bin']) {
      const bytes = readFileSync(join(folder, file));
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(join(folder, file), bytes);
    }
    const report = await verifyGeneration(job(index), paused());
    expect(report.verdict).toBe('damaged');
    expect(report.findings.map(({ check, file, block }) => `${check} ${file} ${block}`)).toEqual([
      'bytes lexical.bin 0',
      'bytes vectors.i8 0',
    ]);
    expect(states(report)).toMatch(/^bytes failed, counts skipped, .*recall skipped$/);
  });

  it('in its manifest is damaged too', async () => {
    const { index, folder } = copy();
    truncateSync(join(folder, 'manifest.json'), 100);
    expect(await verifyGeneration(job(index), paused())).toMatchObject({
      verdict: 'damaged',
      findings: [{ check: 'bytes', file: 'manifest.json' }],
    });
  });
});

describe('a generation whose bytes are as they were written, but wrong', () => {
  it.each(['posts', 'passages', 'vectors', 'terms', 'postings'] as const)(
    'has other %s than its manifest says',
    async (what) => {
      const { index, folder } = copy();
      await resealed(folder, ({ counts }) => ({ counts: { ...counts, [what]: counts[what] + 1 } }));
      const report = await verifyGeneration(job(index), paused());
      expect(report.findings[0]).toMatchObject({ check: 'counts', expected: expect.stringContaining(what) });
    },
  );

  it('has a graph that came apart', async () => {
    const { index, folder } = copy();
    const path = join(folder, 'vectors.usearch');
    const bytes = readFileSync(path);
    // The entry of the graph: the last word of the header behind the vectors.
    const head = 8 + bytes.readUInt32LE(0) * bytes.readUInt32LE(4) + 64;
    const size = Number(bytes.readBigUInt64LE(head));
    const room = Number(bytes.readBigUInt64LE(head + 16));
    let at = head + 40 + size * 2;
    for (let node = 0; node < size; node++) {
      bytes.writeUInt32LE(0, at + 10);
      at +=
        10 + 4 + room * 4 + bytes.readInt16LE(head + 40 + node * 2) * (4 + Number(bytes.readBigUInt64LE(head + 8)) * 4);
    }
    writeFileSync(path, bytes);
    await resealed(folder);
    const report = await verifyGeneration(job(index), paused());
    expect(report.findings).toMatchObject([{ check: 'graph', file: 'vectors.usearch', got: '1' }]);
  });

  it('has a graph that is cut short, which would end a process that opens it', async () => {
    const { index, folder } = copy();
    const path = join(folder, 'vectors.usearch');
    truncateSync(path, readFileSync(path).length - 40);
    await resealed(folder);
    const report = await verifyInProcess(job(index), { program: PROGRAM });
    expect(report).toMatchObject({ verdict: 'damaged', findings: [{ file: 'vectors.usearch' }] });
  });

  it('holds vectors of other passages: near ones are not found', async () => {
    const { index, folder } = copy();
    const path = join(folder, 'vectors.i8');
    const bytes = readFileSync(path);
    const codesAt = bytes.length - POSTS * 384;
    bytes.set(new Uint8Array(bytes.subarray(codesAt)).reverse(), codesAt);
    writeFileSync(path, bytes);
    await resealed(folder);
    expect((await verifyGeneration(job(index), paused())).findings).toMatchObject([{ check: 'recall' }]);
  });

  it('holds words of other passages', async () => {
    const { index, folder } = copy();
    const other = scratchFolder();
    const posts = Array.from({ length: POSTS }, (_, n) =>
      post(String(n + 1), { title: `Other ${n}`, text: 'Nothing alike.', lang: 'en' }),
    );
    const { manifest } = await build({ config: configFor(other), posts, embedder });
    cpSync(join(other, 'generations', currentGeneration(other)!, 'lexical.bin'), join(folder, 'lexical.bin'));
    const { terms, postings } = manifest.counts;
    await resealed(folder, ({ counts }) => ({ counts: { ...counts, terms, postings } }));
    expect((await verifyGeneration(job(index), paused())).findings[0]).toMatchObject({ check: 'words', got: '0' });
  });
});

describe('the process that verifies', () => {
  it('reports like this one, and tells how far it is', async () => {
    const percents: number[] = [];
    const report = await verifyInProcess(job(sound), {
      program: PROGRAM,
      progress: ({ percent }) => percents.push(percent),
    });
    expect(report).toMatchObject({ verdict: 'sound', findings: [] });
    expect(percents.at(-1)).toBeGreaterThan(90);
  });

  it.each([
    ['is killed', 'process.kill(process.pid, "SIGKILL")', /^ended by SIGKILL$/],
    ['aborts', 'console.error("terminate called"); process.abort()', /^ended by SIGABRT: terminate called/],
    ['ends without a word', 'process.exit(7)', /^ended by exit code 7$/],
  ])('that %s is a verdict, not the end of who asked', async (_, code, detail) => {
    const program = join(scratchFolder(), 'dies.mjs');
    writeFileSync(program, `process.on('message', () => { ${code}; });`);
    const report = await verifyInProcess(job(sound), { program });
    expect(report).toMatchObject({ verdict: 'crashed', generation, detail: expect.stringMatching(detail) });
  });

  it('refuses what is no generation, and ends when it is not wanted any more', async () => {
    await expect(verifyInProcess(job(sound, { generation: 'none' }), { program: PROGRAM })).rejects.toMatchObject({
      code: 'index_missing',
      place: { value: 'none' },
    });
    const control = new AbortController();
    const slow = verifyInProcess(job(sound, { bytesPerSecondMax: 1 }), { program: PROGRAM, signal: control.signal });
    control.abort(new Error('not wanted'));
    await expect(slow).rejects.toThrow('not wanted');
  });

  it.each(['documents.bin', 'tokens.bin', 'posts.bin', 'lexical.bin', 'vectors.i8', 'vectors.usearch'])(
    'finds a cut of %s and lives',
    async (file) => {
      const { index, folder } = copy();
      truncateSync(join(folder, file), Math.floor(readFileSync(join(folder, file)).length / 3));
      const report = await verifyInProcess(job(index), { program: PROGRAM });
      expect(report).toMatchObject({ verdict: 'damaged', findings: [{ check: 'bytes', file, block: null }] });
    },
  );
});
