/** Ten thousand flipped bits and cuts, over every file of an index: each is noticed before anything is opened. */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { loadGeneration } from '../../../engine/load.ts';
import { packageRoot } from '../../../engine/package-root.ts';
import { INDEX_FORMAT, openServing, verifyCurrent } from '../../../engine/store/index.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import type { Tree } from '../../support/disk/tree.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { configFor } from '../build/sample-build.ts';
import { publish } from './generation-folders.ts';

const DAMAGES = 10_000;
const SEED = Number(process.env['SEED'] ?? 1);

/** xorshift32 (Marsaglia, 2003). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const fixture = join(packageRoot, `test/fixtures/index/format-${INDEX_FORMAT}`);

function treeAt(path: string): Tree | Uint8Array {
  if (!statSync(path).isDirectory()) return new Uint8Array(readFileSync(path));
  return new Map(readdirSync(path).map((name) => [name, treeAt(join(path, name))]));
}

/** The path of every file, as steps from the root. */
function filesOf(tree: Tree, above: readonly string[] = []): string[][] {
  return [...tree].flatMap(([name, node]) =>
    node instanceof Uint8Array ? [[...above, name]] : filesOf(node, [...above, name]),
  );
}

function changed(tree: Tree, [name, ...rest]: readonly string[], change: (bytes: Uint8Array) => Uint8Array): Tree {
  const node = tree.get(name!)!;
  const next = node instanceof Uint8Array ? change(node) : changed(node, rest, change);
  return new Map([...tree, [name!, next]]);
}

/** Without the posts it was made of, which have checks of their own. */
const indexTree = new Map([...(treeAt(fixture) as Tree)].filter(([name]) => name !== 'source'));
const sound = new Map([['index', indexTree]]);
const files = filesOf(sound);

function damageOf(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const at = random(bytes.length);
  if (random(2) === 0) return bytes.slice(0, at);
  return bytes.with(at, bytes[at]! ^ (1 << random(8)));
}

/** White space in JSON, or behind the pointer, may change without meaning anything else. */
const sameMeaning = (file: string, one: Uint8Array, other: Uint8Array): boolean => {
  const [left, right] = [one, other].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  if (file === 'CURRENT') return left.trimEnd() === right.trimEnd() || `${left.trimEnd()}\n` === right.slice(0, 16);
  try {
    return JSON.stringify(JSON.parse(left)) === JSON.stringify(JSON.parse(right));
  } catch {
    return false;
  }
};

describe('damage of a disk', () => {
  it(`of ${DAMAGES} flipped bits and cuts not one is missed`, async () => {
    process.stdout.write(`seed ${SEED}\n`);
    const random = randomOf(SEED);
    const missed: string[] = [];
    let harmless = 0;
    for (let n = 0; n < DAMAGES; n++) {
      const path = files[n % files.length]!;
      let before = new Uint8Array(0);
      let after = before;
      const tree = changed(sound, path, (bytes) => {
        before = bytes.slice();
        after = damageOf(bytes, random).slice();
        return after;
      });
      const told = await verifyCurrent('index', new SimulatedDisk(tree)).then(
        () => null,
        (error: unknown) => (error instanceof EngineError ? error.code : String(error)),
      );
      if (told?.startsWith('index_')) continue;
      if (told === null && sameMeaning(path.at(-1)!, after, before)) harmless += 1;
      else missed.push(`${n} ${path.join('/')} ${told}`);
    }
    expect(missed).toEqual([]);
    // White space is a small part of two files.
    expect(harmless).toBeLessThan(DAMAGES / 10);
  });

  it('is the end of no process: a server that opens the index refuses, and says which file', async () => {
    const random = randomOf(SEED + 1);
    for (const path of files.filter((file) => !['CURRENT', 'manifest.json'].includes(file.at(-1)!))) {
      const index = scratchFolder();
      cpSync(fixture, index, { recursive: true });
      const file = join(index, ...path.slice(1));
      writeFileSync(file, damageOf(new Uint8Array(readFileSync(file)), random));
      await expect(loadGeneration(configFor(index), 1)).rejects.toMatchObject({
        code: 'index_damaged',
        place: { file },
      });
    }
  });
});

describe('an index with an older generation', () => {
  it('serves it after any damage of the newer one, which is moved aside with the reason', async () => {
    const random = randomOf(SEED + 2);
    const generations = indexTree.get('generations') as Tree;
    const [name] = [...generations.keys()] as [string];
    for (let n = 0; n < 200; n++) {
      const own = filesOf(generations.get(name) as Tree);
      const tree = changed(sound, ['index', 'generations', name, ...own[n % own.length]!], (bytes) =>
        damageOf(bytes, random),
      );
      const disk = new SimulatedDisk(tree);
      const older = await publish('index', Date.UTC(2025, 0, 1), disk);
      const pointer = disk.open('index/CURRENT', 'create');
      pointer.write(indexTree.get('CURRENT') as Uint8Array);
      const found = await openServing('index', disk);
      if (found.fallback === null) continue;
      expect(found.manifest.generation).toBe(older);
      expect(found.fallback).toMatchObject({ serving: older, quarantined: [`${name}.damaged`], unmoved: null });
      expect(found.fallback.damage[0]).toMatchObject({ generation: name });
      expect(disk.list(`index/generations/${name}.damaged`)).toContain('damage.json');
      expect((await verifyCurrent('index', disk)).manifest.generation).toBe(older);
    }
  });
});
