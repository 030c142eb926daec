/** A real server goes from one index to another and back while it is asked without a pause. */
import { cpSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { runCli } from '../../support/cli.ts';
import { type Answer, ask, lasting, type Problem, post, search } from '../../support/client.ts';
import { sampleQueries } from '../../support/sample-queries.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, startServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

interface Status {
  readonly generation: string;
  readonly current: string;
  readonly generations: readonly string[];
  readonly swap: { readonly phase: string } | null;
  readonly failed: { readonly generation: string; readonly code: string } | null;
}

/** Few, since every run of all tests makes them; `make bench-swap` makes twenty, and SWAPS=1000 as many as one likes. */
const SWAPS = Number(process.env['SWAPS'] ?? 4);
/** Posts of the sample site that are indexed. */
const POSTS = 12;
const CALLERS = 2;
/** Nothing is reranked here, and each thread opens its models. */
const ONE_MODEL = 'models.reranker=none';
const preload = pathToFileURL(join(packageRoot, 'test/fixtures/server/dying-worker.mjs')).href;
const asked = sampleQueries.slice(0, 6).map((q, at) => ({
  q,
  topk: 5,
  mode: at % 2 === 0 ? 'hybrid' : 'bm25',
  rerank: false,
}));

const currentOf = (folder: string): string => readFileSync(join(folder, 'CURRENT'), 'utf8').split('\n')[0]!;

/** Builds over posts of the sample site; only the first build has anything to embed. */
async function buildFrom(index: string, takes: (at: number) => boolean): Promise<string> {
  const from = join(scratchFolder(), 'posts.jsonl');
  const lines = readFileSync(join(packageRoot, 'data/sample/posts.jsonl'), 'utf8').trimEnd().split('\n');
  const taken = lines.slice(0, POSTS).filter((_, at) => takes(at));
  writeFileSync(from, `${taken.join('\n')}\n`);
  // Another source: what was read of the one before is dropped, its vectors are not.
  rmSync(join(index, 'source'), { recursive: true, force: true });
  const settings = ['index.generationsKept=9', ONE_MODEL].flatMap((setting) => ['--set', setting]);
  // Beside this process, which goes on asking.
  expect(await runCli(['index', '--from', from, '--into', index, ...settings])).toMatchObject({ code: 0 });
  return currentOf(index);
}

let index: string;
let server: ServerProcess;
const names = { whole: '', half: '' };
/** What each index answers to each query, by its name. */
const expected = new Map<string, string[]>();

const status = async (): Promise<Status> => (await ask<Status>(`${server.url}/admin/index/status`)).body;
const settled = (): Promise<void> => until(async () => (await status()).swap === null);
const swapTo = async (generation: string): Promise<number> =>
  (await post(`${server.url}/admin/index/swap`, { generation })).status;
const told = (answer: Answer): string => JSON.stringify(lasting(answer));

beforeAll(async () => {
  index = join(scratchFolder(), 'index');
  names.whole = await buildFrom(index, () => true);
  names.half = await buildFrom(index, (at) => at % 2 === 0);
  server = await startServer({
    index,
    set: [ONE_MODEL, 'server.workers=2', 'server.cache.enabled=false', 'index.watchMs=50'],
    environment: { NODE_OPTIONS: `--import=${preload}`, KILLED_ONCE: join(scratchFolder(), 'once') },
  });
  for (const name of [names.half, names.whole]) {
    expect(await swapTo(name)).toBe(200);
    const answers: string[] = [];
    for (const query of asked) answers.push(told(await search(server.url, query)));
    expected.set(name, answers);
    await settled();
  }
});
afterAll(() => server?.stop());

/** Asks without a pause until it is ended; what came that should not, and how many came from each index. */
function underLoad(): () => Promise<{ wrong: unknown[]; from: Map<string, number> }> {
  let ends = false;
  const wrong: unknown[] = [];
  const from = new Map<string, number>();
  const caller = async (first: number): Promise<void> => {
    for (let n = first; !ends; n++) {
      const at = n % asked.length;
      const { status: code, body } = await post<Answer>(`${server.url}/search`, asked[at]!);
      const right = code === 200 && told(body) === expected.get(body.generation)?.[at];
      if (!right) wrong.push({ code, query: asked[at], body });
      else from.set(body.generation, (from.get(body.generation) ?? 0) + 1);
    }
  };
  const callers = Promise.all(Array.from({ length: CALLERS }, (_, first) => caller(first)));
  return async () => {
    ends = true;
    await callers;
    return { wrong, from };
  };
}

/** What is reserved behind shared memories of WebAssembly, and files of generations that are mapped or open. */
function heldBy(pid: number): { reservedGiB: number; generations: string[] } {
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  // Neighbours may be one line, so bytes are added up and not lines counted; whatever is smaller is another thing.
  const reserved = maps.map((line) => {
    const range = /^([0-9a-f]+)-([0-9a-f]+) ---p/.exec(line);
    const bytes = range === null ? 0 : Number.parseInt(range[2]!, 16) - Number.parseInt(range[1]!, 16);
    return bytes > 2 ** 30 ? bytes : 0;
  });
  const reservedGiB = Math.round(reserved.reduce((sum, bytes) => sum + bytes, 0) / 2 ** 30);
  const open = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  const named = [...maps, ...open].flatMap((line) => /generations\/([^/]+)\//.exec(line)?.[1] ?? []);
  return { reservedGiB, generations: [...new Set(named)] };
}

describe('a swap under load', () => {
  it(`${SWAPS} of them: no query fails, and each answer is that of the index it names`, async () => {
    const before = process.platform === 'linux' ? heldBy(server.child.pid!) : null;
    const end = underLoad();
    for (let n = 0; n < SWAPS; n++) {
      expect(await swapTo(n % 2 === 0 ? names.half : names.whole)).toBe(200);
      await settled();
    }
    const { wrong, from } = await end();
    expect(wrong).toEqual([]);
    for (const name of [names.half, names.whole]) expect(from.get(name)).toBeGreaterThan(SWAPS / 2);
    // Given back, and not left to the garbage collector's mood: as much is held as before the first one.
    if (before === null) process.stdout.write('Skipped what is held: needs /proc\n');
    else {
      expect(before.generations).toEqual([names.whole]);
      expect(heldBy(server.child.pid!)).toEqual(before);
    }
  });

  it('workers that die meanwhile are replaced by ones that know both: only what killed them fails', async () => {
    const end = underLoad();
    for (const [n, name] of [names.half, names.whole].entries()) {
      const swapped = swapTo(name);
      const poisoned = await post<Problem>(`${server.url}/search`, { q: `poisonous query ${n}`, mode: 'bm25' });
      expect([poisoned.status, poisoned.body.code]).toEqual([500, 'worker_lost']);
      expect(await swapped).toBe(200);
      await settled();
    }
    expect((await end()).wrong).toEqual([]);
  });

  it('everything that tells of the index tells of the new one', async () => {
    await swapTo(names.half);
    const of = async (path: string): Promise<string> => JSON.stringify((await ask(server.url + path)).body);
    expect(await of('/stats/health')).toContain(names.half);
    expect(await of('/stats/device')).toContain(names.half);
    await until(async () =>
      (await (await fetch(`${server.url}/metrics`)).text()).includes(`generation="${names.half}"`),
    );
    expect(currentOf(index)).toBe(names.half);
    await settled();
    expect(readdirSync(join(index, 'leases')).map((name) => readFileSync(join(index, 'leases', name), 'utf8'))).toEqual(
      [`${names.half}\n`],
    );
  });
});

/** Lines of the log that tell of it. */
const triesOf = (generation: string): number =>
  readFileSync(join(server.logs, 'api_errors.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('index_swap_failed') && line.includes(generation)).length;

describe('an index that cannot be taken into service', () => {
  it('is refused with the reason, and the one that serves goes on', async () => {
    const { generation: serving } = await status();
    const broken = `${serving}-9`;
    cpSync(join(index, 'generations', serving), join(index, 'generations', broken), { recursive: true });
    const refused = await post<Problem>(`${server.url}/admin/index/swap`, { generation: broken });
    expect([refused.status, refused.body.code]).toEqual([503, 'index_damaged']);
    expect(refused.body.detail).toContain('manifest.json');
    expect(await status()).toMatchObject({
      generation: serving,
      failed: { generation: broken, code: 'index_damaged' },
    });
    writeFileSync(join(index, 'CURRENT'), `${broken}\n`);
    // The watch tries it, too, and not again.
    await until(() => triesOf(broken) === 2);
    expect(told(await search(server.url, asked[1]!))).toBe(expected.get(serving)![1]);
    rmSync(join(index, 'generations', broken), { recursive: true });
  });

  it('a name that there is not, or that leads elsewhere, is not found', async () => {
    expect(await swapTo('20200101-000000')).toBe(404);
    expect(await swapTo('../generations')).toBe(404);
  });
});

it('a build that another process finishes is served by itself, and what was there before may go', async () => {
  const end = underLoad();
  const built = await buildFrom(index, (at) => at % 3 === 0);
  await until(async () => (await status()).generation === built && (await status()).swap === null);
  const answers: string[] = [];
  for (const query of asked) answers.push(told(await search(server.url, query)));
  const { wrong } = await end();
  // The callers knew nothing of the third index; all that they did not know came from it.
  for (const one of wrong as { body: Answer; query: (typeof asked)[number] }[])
    expect(told(one.body)).toBe(answers[asked.indexOf(one.query)]);
  expect((await status()).current).toBe(built);
});

it('a byte that the disk lost of what serves is found, and another index serves before anyone is told anything wrong', async () => {
  const { generation: damaged } = await status();
  const file = join(index, 'generations', damaged, 'lexical.bin');
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(file, bytes);
  expect((await post(`${server.url}/admin/index/verify`, { quarantine: true })).status).toBe(202);
  await until(
    async () => (await ask<{ underway: unknown }>(`${server.url}/admin/index/verify`)).body.underway === null,
  );
  const { last } = (
    await ask<{ last: { report: { verdict: string; findings: { file: string }[] }; fallback: { serving: string } } }>(
      `${server.url}/admin/index/verify`,
    )
  ).body;
  expect([last.report.verdict, last.report.findings[0]!.file]).toEqual(['damaged', 'lexical.bin']);
  const after = await status();
  expect([after.generation, after.current]).toEqual([last.fallback.serving, last.fallback.serving]);
  expect(after.generation).not.toBe(damaged);
  expect(told(await search(server.url, asked[1]!))).toBe(expected.get(after.generation)![1]);
});
