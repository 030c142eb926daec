import { appendFileSync, copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PostStore, type SourcePost, type SourceState } from '../../../engine/source/index.ts';
import { runs } from '../../support/runs.ts';
import { temporaryFolders } from './temporary-folder.ts';

const freshFolder = temporaryFolders();
const FROM = 'https://blog.example/';
const log = (folder: string): string => join(folder, 'posts.jsonl');

function post(id: string, html = `<p>${id}</p>`): SourcePost {
  return {
    id,
    title: `Title ${id}`,
    html,
    text: null,
    url: `https://blog.example/${id}`,
    dateMs: 1,
    modifiedMs: null,
    author: null,
    categories: ['a'],
    tags: [],
    type: 'post',
    lang: null,
  };
}

function state(cursor: unknown): SourceState {
  return { kind: 'wordpress', from: FROM, complete: false, cursor };
}

async function contents(store: PostStore): Promise<SourcePost[]> {
  const posts: SourcePost[] = [];
  for await (const each of store) posts.push(each);
  return posts;
}

describe('a post store', () => {
  it('keeps the latest version of a post at the place of its first one', async () => {
    const store = PostStore.open(freshFolder(), FROM);
    expect(store.put(post('a'))).toBe('added');
    expect(store.put(post('b'))).toBe('added');
    expect(store.put(post('a', 'new'))).toBe('changed');
    expect(store.put(post('a', 'new'))).toBe('unchanged');
    expect(store.delete('b')).toBe(true);
    expect(store.delete('b')).toBe(false);
    store.put(post('c'));
    expect((await contents(store)).map(({ id, html }) => [id, html])).toEqual([
      ['a', 'new'],
      ['c', '<p>c</p>'],
    ]);
    expect([store.has('a'), store.has('b'), store.size]).toEqual([true, false, 2]);
  });

  it('takes the order of keys for no difference', () => {
    const store = PostStore.open(freshFolder(), FROM);
    store.put(post('a'));
    expect(store.put(Object.fromEntries(Object.entries(post('a')).reverse()) as unknown as SourcePost)).toBe(
      'unchanged',
    );
  });

  it('shows an iteration the posts of its beginning', async () => {
    const store = PostStore.open(freshFolder(), FROM);
    for (const id of ['a', 'b', 'c']) store.put(post(id));
    const seen: string[] = [];
    for await (const { id } of store) {
      seen.push(id);
      store.delete('c');
      store.put(post('d'));
      store.checkpoint(null);
      store.compact();
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    expect([...store.ids()]).toEqual(['a', 'b', 'd']);
  });

  it('agrees with a map through any puts, deletes, checkpoints, compactions and restarts', async () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', '__proto__');
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.tuple(fc.constant('put' as const), id, fc.string({ unit: 'grapheme' })) },
      { weight: 3, arbitrary: fc.tuple(fc.constant('delete' as const), id, fc.constant('')) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom('checkpoint', 'compact', 'restart'), id, fc.constant('')) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const folder = freshFolder();
        const model = new Map<string, SourcePost>();
        let store = PostStore.open(folder, FROM);
        for (const [act, postId, html] of steps) {
          if (act === 'put') {
            store.put(post(postId, html));
            model.set(postId, post(postId, html));
          } else if (act === 'delete') expect(store.delete(postId)).toBe(model.delete(postId));
          else if (act === 'checkpoint') store.checkpoint(state(model.size));
          else if (act === 'compact') store.compact();
          else {
            store.close();
            store = PostStore.open(folder, FROM);
          }
        }
        expect(await contents(store)).toEqual([...model.values()]);
        store.close();
        rmSync(folder, { recursive: true });
      }),
      runs(15),
    );
  });

  it('holds one source only and says what to do with another', () => {
    const folder = freshFolder();
    PostStore.open(folder, FROM).close();
    expect(() => PostStore.open(folder, 'https://other.example/')).toThrow(
      expect.objectContaining({
        code: 'source_refused',
        place: expect.objectContaining({ remedy: expect.stringMatching(/--into.*--replace/u), expected: FROM }),
      }),
    );
  });
});

describe('a post store after a crash', () => {
  function written(): { folder: string; bytes: Buffer; covered: number } {
    const folder = freshFolder();
    const store = PostStore.open(folder, FROM);
    store.put(post('a'));
    store.put(post('b'));
    store.checkpoint(state({ page: 2 }));
    const covered = readFileSync(log(folder)).length;
    store.put(post('ü', 'später'));
    store.delete('a');
    store.put(post('d'));
    store.close();
    return { folder, bytes: readFileSync(log(folder)), covered };
  }

  it('keeps all that a checkpoint covers, wherever the log was cut behind it, and goes on', async () => {
    const { folder, bytes, covered } = written();
    const lineEnds = [...bytes.keys()].filter((at) => bytes[at] === 0x0a).map((at) => at + 1);
    for (let length = covered; length <= bytes.length; length++) {
      writeFileSync(log(folder), bytes.subarray(0, length));
      const store = PostStore.open(folder, FROM);
      const whole = lineEnds.filter((end) => end <= length).at(-1)!;
      expect(store.droppedBytes).toBe(length - whole);
      expect(store.has('b')).toBe(true);
      expect(store.sourceState).toEqual(state({ page: 2 }));
      store.put(post('z'));
      store.close();
      const again = PostStore.open(folder, FROM);
      expect(again.droppedBytes).toBe(0);
      expect((await contents(again)).at(-1)?.id).toBe('z');
      again.close();
    }
  });

  it('drops zeroes and garbage that a file system left at the end', () => {
    for (const garbage of [Buffer.alloc(500), Buffer.from('{"put":{"id":"x"}}\nmore'), Buffer.from('\n\n{}\n')]) {
      const { folder } = written();
      appendFileSync(log(folder), garbage);
      const store = PostStore.open(folder, FROM);
      expect(store.droppedBytes).toBe(garbage.length);
      expect([...store.ids()]).toEqual(['b', 'ü', 'd']);
      store.close();
    }
  });

  it('refuses a log that lost what a checkpoint covers', () => {
    const { folder, covered } = written();
    truncateSync(log(folder), covered - 1);
    expect(() => PostStore.open(folder, FROM)).toThrow(expect.objectContaining({ code: 'index_damaged' }));
    const damaged = written();
    damaged.bytes[damaged.covered - 20] = 0;
    writeFileSync(log(damaged.folder), damaged.bytes);
    expect(() => PostStore.open(damaged.folder, FROM)).toThrow(expect.objectContaining({ code: 'index_damaged' }));
  });

  it('opens after a compaction whose checkpoint was not written any more', async () => {
    const { folder } = written();
    const earlier = join(folder, 'state.earlier');
    copyFileSync(join(folder, 'state.json'), earlier);
    const store = PostStore.open(folder, FROM);
    store.compact();
    const expected = await contents(store);
    store.close();
    copyFileSync(earlier, join(folder, 'state.json'));
    writeFileSync(`${log(folder)}.new`, 'left by an interrupted compaction');
    const reopened = PostStore.open(folder, FROM);
    expect(await contents(reopened)).toEqual(expected);
    expect(reopened.sourceState).toEqual(state({ page: 2 }));
  });

  it('never starts over a log whose checkpoint is gone or unreadable', () => {
    const gone = written();
    rmSync(join(gone.folder, 'state.json'));
    expect(() => PostStore.open(gone.folder, FROM)).toThrow(expect.objectContaining({ code: 'index_damaged' }));
    expect(readFileSync(log(gone.folder))).toEqual(gone.bytes);
    writeFileSync(join(gone.folder, 'state.json'), '{"from":');
    expect(() => PostStore.open(gone.folder, FROM)).toThrow(expect.objectContaining({ code: 'index_damaged' }));
  });

  it('refuses a log of another format', () => {
    const { folder, bytes } = written();
    writeFileSync(log(folder), bytes.toString().replace('"format":1', '"format":2'));
    expect(() => PostStore.open(folder, FROM)).toThrow(expect.objectContaining({ code: 'index_foreign' }));
  });
});

describe('compaction', () => {
  it('leaves the live posts only and pays when half of a large log is dead', async () => {
    const folder = freshFolder();
    const store = PostStore.open(folder, FROM);
    const big = 'x'.repeat(100_000);
    for (let version = 0; version < 60; version++) store.put(post('a', `${big}${version}`));
    store.put(post('b'));
    store.delete('b');
    expect(store.worthCompacting).toBe(true);
    const before = await contents(store);
    store.compact();
    expect(store.worthCompacting).toBe(false);
    expect(readFileSync(log(folder)).length).toBeLessThan(2 * big.length);
    expect(await contents(store)).toEqual(before);
    expect(store.put(before[0]!)).toBe('unchanged');
    store.put(post('c'));
    store.close();
    expect([...PostStore.open(folder, FROM).ids()]).toEqual(['a', 'c']);
  });
});
