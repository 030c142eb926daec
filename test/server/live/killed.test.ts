/** What was acknowledged is found again: after a worker died, and after the process was killed. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeAll, expect, it } from 'vitest';
import type { Operation, Outcome } from '../../../engine/changes/index.ts';
import { packageRoot } from '../../../engine/package-root.ts';
import type { SearchOutcome } from '../../../engine/types.ts';
import { build, post } from '../../engine/build/sample-build.ts';
import { ask } from '../../engine/open-parts.ts';
import { temporaryFolders } from '../../engine/source/temporary-folder.ts';
import { fruitPosts, liveConfig } from './open-live.ts';

const freshFolder = temporaryFolders();
const index = join(freshFolder(), 'index');
const program = join(packageRoot, 'test/fixtures/server/live-process.mjs');
const preload = pathToFileURL(join(packageRoot, 'test/fixtures/server/dying-worker.mjs')).href;

interface LiveProcess {
  readonly child: ChildProcess;
  readonly say: <Result>(act: string, argument?: unknown) => Promise<Result>;
}

const started: ChildProcess[] = [];

async function start(): Promise<LiveProcess> {
  const child = fork(program, [packageRoot, JSON.stringify(liveConfig(index, {}, 1))], {
    env: { ...process.env, NODE_OPTIONS: `--import=${preload}`, KILLED_ONCE: join(freshFolder(), 'once') },
    serialization: 'advanced',
  });
  started.push(child);
  await once(child, 'message');
  let serials = 0;
  const say = <Result>(act: string, argument?: unknown): Promise<Result> => {
    const serial = serials++;
    return new Promise((resolve) => {
      const hear = (message: { serial: number; result: Result }): void => {
        if (message.serial !== serial) return;
        child.off('message', hear);
        resolve(message.result);
      };
      child.on('message', hear);
      child.send({ serial, act, argument });
    });
  };
  return { child, say };
}

async function idsOf({ say }: LiveProcess, query: string): Promise<string[]> {
  const outcome = await say<SearchOutcome>('search', ask(query, { mode: 'bm25' }));
  return outcome.kind === 'ok' ? outcome.result.hits.map(({ postId }) => postId) : [outcome.kind];
}

const putOf = (id: string, text: string): Operation => ({
  kind: 'put',
  document: post(id, { title: 'Put', text }),
  ifVersion: null,
  key: null,
});

beforeAll(() => build({ config: liveConfig(index), posts: fruitPosts(post), embedder: null }));
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

it('a worker that takes the place of a dead one has every change', async () => {
  const live = await start();
  const [outcome] = await live.say<Outcome[]>('applyAll', [putOf('lasting', 'axolotls')]);
  await live.say('visible', (outcome as { version: number }).version);
  await live.say('search', ask('query that kills once', { mode: 'bm25' }));
  expect([await live.say('lost'), await idsOf(live, 'axolotls')]).toEqual([1, ['lasting']]);
});

it('a process that was killed right after it acknowledged finds it from its first search on', async () => {
  const first = await start();
  const operations = Array.from({ length: 20 }, (_, n) => putOf(`k${n}`, `capybara number ${n}`));
  const outcomes = await first.say<Outcome[]>('applyAll', [
    ...operations,
    { ...putOf('p0', 'nothing'), kind: 'delete', id: 'p0' },
  ]);
  expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['created', 'deleted']));
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const second = await start();
  expect([(await idsOf(second, 'capybara')).length, await idsOf(second, 'apple')]).toEqual([10, []]);
  const again = await second.say<Outcome[]>('applyAll', [putOf('k0', 'capybara again')]);
  expect(again).toMatchObject([{ kind: 'updated', version: outcomes.length + 2 }]);
});

/** What a kill leaves on the disk is enumerated in engine/changes/merge-crash.test.ts; here the process is a real one. */
const STAGES = ['publish', 'passages', 'swapping', 'done'].slice(0, process.env['SOAK'] === undefined ? 1 : 4);

it(`a process that is killed at a stage of a merge starts with everything: ${STAGES.join(', ')}`, async () => {
  let live = await start();
  for (const stage of STAGES) {
    const [outcome] = await live.say<Outcome[]>('applyAll', [putOf('m0', `merging at ${stage}`)]);
    expect(outcome).toMatchObject({ version: expect.any(Number) });
    expect(await live.say('mergeUntil', stage)).toBeNull();
    live.child.kill('SIGKILL');
    await once(live.child, 'exit');
    live = await start();
    const found = [await idsOf(live, stage), await idsOf(live, 'axolotls'), await idsOf(live, 'apple')];
    expect([stage, ...found]).toEqual([stage, ['m0'], ['lasting'], []]);
  }
});
