import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineError } from '../../../engine/errors.ts';
import {
  beginGeneration,
  currentGeneration,
  INDEX_FORMAT,
  pruneGenerations,
  verifyCurrent,
} from '../../../engine/store/index.ts';
import { encodeManifest } from '../../../engine/store/manifest.ts';
import { runs } from '../../support/runs.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';
import { draft, manifestOf, publish, START_MS } from './generation-folders.ts';

const freshFolder = temporaryFolders();
const entries = (index: string): string[] => readdirSync(join(index, 'generations')).sort();

async function refusal(index: string): Promise<EngineError> {
  return verifyCurrent(index).then(
    () => expect.unreachable('Nothing was refused'),
    (error: EngineError) => error,
  );
}

describe('publishing', () => {
  it('makes a whole folder of that name the serving one', async () => {
    const index = freshFolder();
    expect(currentGeneration(index)).toBeNull();
    const name = await publish(index);
    expect(name).toBe('20260102-030405');
    expect(currentGeneration(index)).toBe(name);
    const { folder, manifest } = await verifyCurrent(index);
    expect(folder).toBe(join(index, 'generations', name));
    expect(manifest).toEqual(await manifestOfFiles(folder, name));
    expect(entries(index)).toEqual([name]);
    expect(readdirSync(index).sort()).toEqual(['CURRENT', 'generations']);
  });

  it('gives builds of one second names of their own, which never come back', async () => {
    const index = freshFolder();
    const names: string[] = [];
    for (let n = 0; n < 12; n++) {
      names.push(await publish(index));
      pruneGenerations(index, 2);
    }
    expect(new Set(names).size).toBe(12);
    expect(names.at(-1)).toBe('20260102-030405-12');
    expect(entries(index)).toEqual(['20260102-030405-11', '20260102-030405-12']);
  });

  it('removes what an interrupted build left', async () => {
    const index = freshFolder();
    draft(index, START_MS);
    draft(index, START_MS + 1000);
    expect(entries(index)).toEqual(['20260102-030406.part']);
    await publish(index, START_MS + 2000);
    expect(entries(index)).toEqual(['20260102-030407']);
  });
});

const manifestOfFiles = async (folder: string, name: string) => {
  const { 'manifest.json': _, ...files } = (await manifestOf(folder, name)).files;
  return { ...(await manifestOf(folder, name)), files };
};

describe('pruning', () => {
  it('keeps the newest and always the serving one, and leaves drafts alone', async () => {
    const index = freshFolder();
    const names: string[] = [];
    for (let n = 0; n < 5; n++) names.push(await publish(index, START_MS + n * 1000));
    mkdirSync(join(index, 'generations', 'later.part'));
    writeFileSync(join(index, 'CURRENT'), `${names[1]}\n`);
    expect(pruneGenerations(index, 3)).toEqual([names[0], names[2]]);
    expect(entries(index)).toEqual([names[1], names[3], names[4], 'later.part']);
    expect(pruneGenerations(index, 1)).toEqual([names[3], names[4]]);
    expect(pruneGenerations(index, 1)).toEqual([]);
    expect((await verifyCurrent(index)).manifest.generation).toBe(names[1]);
  });
});

describe('a crash while publishing', () => {
  /** The states that a power cut can leave, each with what must serve then. */
  const steps: [string, 'old' | 'new', (index: string, name: string) => void][] = [
    ['before the manifest', 'old', () => undefined],
    [
      'with half a manifest',
      'old',
      (index, name) => writeFileSync(join(index, 'generations', `${name}.part`, 'manifest.json'), '{"form'),
    ],
    ['before the rename', 'old', () => undefined],
    ['after the rename of the folder', 'old', rename],
    [
      'with an empty new pointer',
      'old',
      (index, name) => {
        rename(index, name);
        writeFileSync(join(index, 'CURRENT.part'), '');
      },
    ],
    [
      'with a new pointer beside the old',
      'old',
      (index, name) => {
        rename(index, name);
        writeFileSync(join(index, 'CURRENT.part'), `${name}\n`);
      },
    ],
    [
      'after the swap',
      'new',
      (index, name) => {
        rename(index, name);
        writeFileSync(join(index, 'CURRENT.part'), `${name}\n`);
        renameSync(join(index, 'CURRENT.part'), join(index, 'CURRENT'));
      },
    ],
  ];
  function rename(index: string, name: string): void {
    renameSync(join(index, 'generations', `${name}.part`), join(index, 'generations', name));
  }

  it.each(steps)('%s leaves the %s generation whole, and the next build publishes', async (step, serves, crash) => {
    const index = freshFolder();
    const old = await publish(index);
    const begun = draft(index, START_MS + 1000, 'new words');
    if (step !== 'before the manifest') {
      writeFileSync(join(begun.folder, 'manifest.json'), encodeManifest(await manifestOf(begun.folder, begun.name)));
    }
    crash(index, begun.name);
    const { manifest } = await verifyCurrent(index);
    expect(manifest.generation).toBe(serves === 'old' ? old : begun.name);

    const next = await publish(index, START_MS + 1000);
    expect((await verifyCurrent(index)).manifest.generation).toBe(next);
    pruneGenerations(index, 1);
    expect(entries(index)).toEqual([next]);
    expect(existsSync(join(index, 'CURRENT.part'))).toBe(false);
  });

  it('of the first build ever leaves no index, and says so', async () => {
    const index = freshFolder();
    const { folder, name } = draft(index, START_MS);
    writeFileSync(join(folder, 'manifest.json'), encodeManifest(await manifestOf(folder, name)));
    expect(await refusal(index)).toMatchObject({ code: 'index_missing', place: { file: join(index, 'CURRENT') } });
    rename(index, name);
    expect(await refusal(index)).toMatchObject({ code: 'index_missing' });
  });
});

describe('verifying', () => {
  it('notices any flipped byte and any cut of any file, the manifest included', async () => {
    const sound = freshFolder();
    const name = await publish(sound);
    const folder = join(sound, 'generations', name);
    const damage = fc.constantFrom(...readdirSync(folder)).chain((file) => {
      const { length } = readFileSync(join(folder, file));
      return fc.record({ file: fc.constant(file), at: fc.nat(length - 1), bit: fc.nat(7), cut: fc.boolean() });
    });
    await fc.assert(
      fc.asyncProperty(damage, async ({ file, at, bit, cut }) => {
        const index = freshFolder();
        cpSync(sound, index, { recursive: true });
        const path = join(index, 'generations', name, file);
        const bytes = readFileSync(path);
        if (cut) truncateSync(path, at);
        else writeFileSync(path, bytes.with(at, bytes[at]! ^ (1 << bit)));
        if (file === 'manifest.json' && sameMeaning(readFileSync(path, 'utf8'), bytes.toString())) {
          expect((await verifyCurrent(index)).manifest.generation).toBe(name);
          return;
        }
        const { code, message, place } = await refusal(index);
        expect(code).toBe('index_damaged');
        expect(place.file).toBe(path);
        expect(message).toMatch(/^Cannot open index: expected .* got .*[^.]$/s);
        expect(place.remedy).toBeTruthy();
      }),
      runs(60),
    );
  });

  it('notices a missing file, a manifest of another folder, and a pointer to nothing', async () => {
    const index = freshFolder();
    const name = await publish(index);
    const folder = join(index, 'generations', name);
    cpSync(folder, join(index, 'generations', 'copy'), { recursive: true });
    writeFileSync(join(index, 'CURRENT'), 'copy\n');
    expect(await refusal(index)).toMatchObject({
      code: 'index_damaged',
      place: { expected: 'the manifest of copy', value: name },
    });
    for (const other of ['gone', '', '.', '../generations', '../../elsewhere']) {
      writeFileSync(join(index, 'CURRENT'), `${other}\n`);
      expect(await refusal(index)).toMatchObject({
        code: 'index_foreign',
        message: `Cannot open index: CURRENT names no generation: ${other}`,
        place: { file: join(index, 'CURRENT'), expected: 'the name of a folder in generations', value: other },
      });
    }
    writeFileSync(join(index, 'CURRENT'), `${name}\n`);
    rmSync(join(folder, 'posts.bin'));
    expect(await refusal(index)).toMatchObject({
      code: 'index_damaged',
      place: { file: join(folder, 'posts.bin'), expected: '300 bytes', value: 'no file' },
    });
  });

  it('refuses a manifest of another format by its number, and one with keys of its own', async () => {
    const index = freshFolder();
    const { name, folder } = draft(index, START_MS);
    const manifest = await manifestOf(folder, name);
    const path = join(folder.replace(/\.part$/, ''), 'manifest.json');
    mkdirSync(folder.replace(/\.part$/, ''));
    writeFileSync(join(index, 'CURRENT'), name);
    const write = (changes: object): void => writeFileSync(path, encodeManifest({ ...manifest, ...changes }));
    write({ format: INDEX_FORMAT + 1 });
    expect(await refusal(index)).toMatchObject({
      code: 'index_foreign',
      place: { field: 'format', value: INDEX_FORMAT + 1 },
    });
    for (const changes of [
      { extra: true },
      { tokenBytes: 3 },
      { counts: {} },
      { files: { '../x': { bytes: 1, sha256: '' } } },
    ]) {
      write(changes);
      expect(await refusal(index)).toMatchObject({ code: 'index_damaged', place: { file: path } });
    }
    for (const text of ['', 'null', '[]', '7', '{}', '{"format":']) {
      writeFileSync(path, text);
      expect((await refusal(index)).code).toBe('index_damaged');
    }
  });
});

/** Whether two JSON texts say the same: a space may become a line break. */
function sameMeaning(one: string, two: string): boolean {
  try {
    return JSON.stringify(JSON.parse(one)) === JSON.stringify(JSON.parse(two));
  } catch {
    return false;
  }
}

describe('beginning', () => {
  it('makes a fresh empty folder in an index that does not exist yet', () => {
    const index = join(freshFolder(), 'deep', 'index');
    const { name, folder } = beginGeneration(index, START_MS);
    expect(folder).toBe(join(index, 'generations', `${name}.part`));
    expect(readdirSync(folder)).toEqual([]);
  });
});
