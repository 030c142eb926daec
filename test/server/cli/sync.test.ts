/** A site is looked at, and what changed there goes to a server, once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Base } from '../../../engine/changes/index.ts';
import { EngineError } from '../../../engine/errors.ts';
import { openSource, type SourcePost } from '../../../engine/source/index.ts';
import { lockIndex } from '../../../engine/store/index.ts';
import { type BulkOutcome, sendPiece } from '../../../server/cli/bulk.ts';
import { type RoundReport, syncRound } from '../../../server/cli/sync/round.ts';
import { SyncState } from '../../../server/cli/sync/state.ts';
import { watchRounds } from '../../../server/cli/sync/watch.ts';
import {
  answerPosts,
  type FakePost,
  type LoopbackSite,
  startSite,
  wordpressAnswer,
} from '../../engine/source/loopback-site.ts';
import { testTime } from '../../engine/source/ports.ts';
import { runCli } from '../../support/cli.ts';
import { crashStates } from '../../support/disk/crash-states.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { treeOf } from '../../support/disk/tree.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type Behind, openDesk } from '../documents/desk.ts';

const sites: LoopbackSite[] = [];
afterEach(async () => {
  for (const site of sites.splice(0)) await site.stop();
});

const { signal } = new AbortController();

/** A site of these posts, which the test changes, and a server behind its real routes. */
async function arrange(posts: FakePost[], behind: Behind = {}) {
  const site = await startSite(wordpressAnswer(({ url }, response) => answerPosts(url, response, posts)));
  sites.push(site);
  const desk = await openDesk(behind);
  const file = join(scratchFolder(), 'state.json');
  const sent: BulkOutcome[] = [];
  const live = {
    exchange: async (method: string, path: string, { message }: { message?: { text: string; type: string } } = {}) => {
      const { status, text } = await desk.ask(method, path, message!.text, { 'content-type': message!.type });
      return { status, headers: {}, body: text };
    },
  };
  const looking = { whole: true };
  const source = openSource(site.origin, { types: ['post'], ...testTime(), comparesIds: () => looking.whole });
  const round = (
    whole = true,
    send = (lines: Parameters<typeof sendPiece>[0]) => sendPiece(lines, { live, signal }),
  ) => {
    looking.whole = whole;
    return syncRound({
      source,
      state: SyncState.open(file, source.from),
      send: async (lines) => {
        const outcomes = await send(lines);
        sent.push(...outcomes);
        return outcomes;
      },
      onEvent: () => {},
      nowMs: () => 0,
    });
  };
  return { site, desk, file, source, sent, round };
}

const post = (id: number, title = `Post ${id}`, modified = '2026-01-01T00:00:00'): FakePost => ({
  id,
  title,
  modified,
});
/** Than any clock of a site that is asked now. */
const LATER = '2099-01-02T00:00:00';
const counts = (report: Partial<RoundReport>): RoundReport => ({
  added: 0,
  changed: 0,
  unchanged: 0,
  deleted: 0,
  rejected: 0,
  ...report,
});

describe('a round', () => {
  it('sends all the first time, and then what is new, other or gone', async () => {
    const posts = [post(1), post(2), post(3)];
    const { desk, round } = await arrange(posts);
    expect(await round()).toEqual(counts({ added: 3 }));
    expect(await round()).toMatchObject({ added: 0, changed: 0, deleted: 0 });
    posts[0] = post(1, 'Another title', LATER);
    posts.splice(1, 1);
    posts.push(post(4, 'New', LATER));
    expect(await round()).toMatchObject({ added: 1, changed: 1, deleted: 1 });
    expect((await desk.documents.get('1'))!.document.title).toBe('Another title');
    expect(await desk.documents.get('2')).toBeNull();
    expect((await desk.documents.get('4'))!.document).toMatchObject({
      title: 'New',
      html: '<p>Body 4</p>',
      type: 'post',
    });
  });

  it('that is the first writes nothing that a build from the same site has', async () => {
    const posts = [post(1), post(2), post(3)];
    const built = new Map<string, string>();
    const base: Base = {
      version: async (id) => (built.has(id) ? 7 : null),
      document: async (id) => JSON.parse(built.get(id)!) as SourcePost,
    };
    const { desk, source, round } = await arrange(posts, { base });
    // As a build keeps them.
    for await (const event of source.events(null, SyncState.begin(join(scratchFolder(), 'none.json'), source.from)))
      if (event.kind === 'post') built.set(event.post.id, JSON.stringify(event.post));
    expect(built.size).toBe(3);
    posts[0] = post(1, 'Another title', LATER);
    posts.push(post(4));
    expect(await round()).toEqual(counts({ unchanged: 2, added: 2 }));
    // The first and the fourth were written, and no other.
    const { version } = (await desk.documents.get('4'))!;
    expect([version, await desk.documents.get('2')]).toEqual([expect.any(Number), null]);
    expect(await round()).toMatchObject({ added: 0, changed: 0, deleted: 0 });
  });

  it('that is not whole asks for what was modified, and lists nothing', async () => {
    const posts = [post(1), post(2)];
    const { site, round } = await arrange(posts);
    await round();
    posts[0] = post(1, 'Another title', LATER);
    posts.splice(1, 1);
    const before = site.requests.length;
    expect(await round(false)).toMatchObject({ changed: 1, deleted: 0 });
    const asked = site.requests.slice(before).map(({ url }) => url.searchParams);
    expect(asked.filter((query) => query.has('modified_after'))).toHaveLength(1);
    expect(asked.filter((query) => query.get('_fields')?.startsWith('id,modified_gmt'))).toHaveLength(0);
    expect(await round(true)).toMatchObject({ deleted: 1 });
  });

  it('takes away at once what visitors may not see any more', async () => {
    const posts = [post(1), post(2)];
    const { desk, round } = await arrange(posts);
    await round();
    posts[0] = { ...post(1, 'Hidden', LATER), protected: true };
    expect(await round(false)).toMatchObject({ deleted: 1 });
    expect(await desk.documents.get('1')).toBeNull();
  });

  it('that was cut off before it was remembered does nothing twice', async () => {
    const { desk, sent, round, file } = await arrange([post(1), post(2)]);
    const killed = async (lines: Parameters<typeof sendPiece>[0]): Promise<BulkOutcome[]> => {
      await desk.bulk(lines.map(({ text }) => text));
      throw new EngineError('source_unreadable', 'The answer did not come');
    };
    await expect(round(true, killed)).rejects.toThrow('did not come');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ saves: 1, posts: [] });
    const version = (await desk.documents.get('2'))!.version;
    expect(await round()).toEqual(counts({ added: 2 }));
    expect(sent.map(({ replayed }) => replayed)).toEqual([true, true]);
    expect((await desk.documents.get('2'))!.version).toBe(version);
  });

  it('lets a post become what it was before', async () => {
    const posts = [post(1, 'A')];
    const { desk, round } = await arrange(posts);
    await round();
    for (const title of ['B', 'A', 'B', 'A']) {
      posts[0] = post(1, title);
      // The same time of modification: only a whole round sees no difference, so it is taken away between.
      const kept = posts.splice(0, 1);
      posts.push(post(9));
      await round();
      expect(await desk.documents.get('1')).toBeNull();
      posts.splice(0, 1, ...kept);
      expect(await round()).toMatchObject({ added: 1, deleted: 1 });
      expect((await desk.documents.get('1'))!.document.title).toBe(title);
    }
  });

  it('what the server does not take is told, and not sent again until it changes', async () => {
    const posts = [post(1), post(2, 'x'.repeat(200))];
    const { round } = await arrange(posts);
    const refusing = async (lines: Parameters<typeof sendPiece>[0]): Promise<BulkOutcome[]> =>
      lines.map(({ number, text }) =>
        text.includes('xxx')
          ? { line: number, status: 400, code: 'request_invalid', detail: 'Too large' }
          : { line: number, status: 201, outcome: 'created' as const, version: 1 },
      );
    expect(await round(true, refusing)).toMatchObject({ added: 1, rejected: 1 });
    expect(await round(true, refusing)).toMatchObject({ added: 0, rejected: 0 });
  });

  it('a server that cannot write ends it, and nothing is remembered', async () => {
    const { round, file } = await arrange([post(1)]);
    const full = async (lines: Parameters<typeof sendPiece>[0]): Promise<BulkOutcome[]> =>
      lines.map(({ number }) => ({ line: number, status: 507, code: 'index_unwritable', detail: 'No space' }));
    await expect(round(true, full)).rejects.toMatchObject({ code: 'index_unwritable', message: 'No space' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ posts: [] });
  });
});

describe('what is remembered', () => {
  it('is whole after any crash: as it was, or as it is', async () => {
    const states = await crashStates(treeOf({}), (disk, tell) => {
      const state = SyncState.open('sync/site/state.json', 'https://a.example/', disk);
      tell('begun');
      state.set('7', { type: 'post', modifiedMs: 5, digest: 'd' });
      state.save();
      tell('saved');
    });
    expect(states.length).toBeGreaterThan(5);
    for (const { tree, told } of states) {
      const state = SyncState.open('sync/site/state.json', 'https://a.example/', new SimulatedDisk(tree));
      if (told.includes('saved')) expect(state.get('7')).toEqual({ type: 'post', modifiedMs: 5, digest: 'd' });
      else expect([0, 1]).toContain(state.size);
    }
  });

  it('gives no key twice once it was saved, and none to another memory', () => {
    const file = join(scratchFolder(), 'state.json');
    const state = SyncState.open(file, 'https://a.example/');
    const key = state.keyFor('7', 'd');
    expect(SyncState.open(file, 'https://a.example/').keyFor('7', 'd')).toBe(key);
    state.save();
    expect(state.keyFor('7', 'd')).not.toBe(key);
    expect(SyncState.begin(file, 'https://a.example/').keyFor('7', 'd')).not.toBe(key);
  });

  it('of another site, or of nobody, is refused with what to do', () => {
    const file = join(scratchFolder(), 'state.json');
    SyncState.open(file, 'https://a.example/');
    expect(() => SyncState.open(file, 'https://b.example/')).toThrow(/it is of https:\/\/a\.example/);
  });
});

describe('watching', () => {
  const nothing = counts({});
  /** Runs until so many rounds were made. */
  async function watched(rounds: (RoundReport | Error)[], wholeEvery = 3) {
    const stop = new AbortController();
    const seen: { whole: boolean[]; waits: number[]; failures: [string, number][]; done: boolean[] } = {
      whole: [],
      waits: [],
      failures: [],
      done: [],
    };
    const ended = watchRounds({
      round: async (whole) => {
        seen.whole.push(whole);
        const next = rounds.shift()!;
        if (rounds.length === 0) stop.abort();
        if (next instanceof Error) throw next;
        return next;
      },
      intervalMs: 30_000,
      wholeEvery,
      signal: stop.signal,
      pause: async (ms) => void seen.waits.push(ms),
      random: () => 1,
      done: (_, first) => seen.done.push(first),
      failed: ({ message }, waitMs) => seen.failures.push([message, waitMs]),
    });
    return { seen, ended };
  }

  it('looks at all first, then each so many times', async () => {
    const { seen, ended } = await watched([nothing, nothing, nothing, nothing, nothing, nothing, nothing]);
    await ended;
    expect(seen.whole).toEqual([true, false, false, true, false, false, true]);
    expect([seen.waits, seen.done.slice(0, 2)]).toEqual([Array(6).fill(30_000), [true, false]]);
  });

  it('waits longer after each failure, at most ten minutes, and looks at all again if it had to', async () => {
    const down = new EngineError('source_unreadable', 'down');
    const { seen, ended } = await watched([...Array(7).fill(down), nothing, nothing, nothing]);
    await ended;
    expect(seen.failures.map(([, waitMs]) => waitMs)).toEqual([
      60_000, 120_000, 240_000, 480_000, 600_000, 600_000, 600_000,
    ]);
    expect(seen.whole).toEqual([...Array(8).fill(true), false, false]);
    expect(seen.waits.slice(-2)).toEqual([30_000, 30_000]);
  });

  it.each(['unauthorized', 'forbidden', 'source_refused', 'config_invalid'] as const)(
    'gives up over %s',
    async (code) => {
      const { seen, ended } = await watched([nothing, new EngineError(code, 'no'), nothing]);
      await expect(ended).rejects.toMatchObject({ code });
      expect(seen.whole).toHaveLength(2);
    },
  );
});

describe('the command', () => {
  it('syncs once, remembers, and refuses what is no site', async () => {
    const { site, desk } = await arrange([post(1), post(2)]);
    const directory = scratchFolder();
    const words = ['sync', '--from', site.origin, '--types', 'post', '--url', `http://127.0.0.1:${desk.port}`];
    const set = ['--set', `sync.directory=${directory}`, '--set', 'source.requestsPerSecond=1000'];
    const first = await runCli([...words, ...set]);
    expect([first.code, first.out]).toEqual([
      0,
      expect.stringMatching(/^20\S+Z 2 new, 0 changed, 0 unchanged, 0 deleted, 0 rejected\n$/),
    ]);
    const again = await runCli([...words, ...set, '--json']);
    expect(JSON.parse(again.out)).toMatchObject({ added: 0, changed: 0, deleted: 0 });
    const anew = await runCli([...words, ...set, '--json', '--anew']);
    expect(JSON.parse(anew.out)).toMatchObject({ added: 0, unchanged: 2 });
    const unlock = lockIndex(join(directory, readdirSync(directory)[0]!));
    const second = await runCli([...words, ...set]);
    unlock();
    expect([second.code, second.err]).toEqual([3, expect.stringContaining('follows this site already')]);
    const file = await runCli(['sync', '--from', 'data/sample/posts.jsonl', ...set]);
    expect([file.code, file.err]).toEqual([2, expect.stringContaining('wp-chat documents bulk')]);
  });
});
