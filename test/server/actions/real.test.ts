/** Every action of the runbook before a real server: what is wrong is made so, the action is done, what it came to is measured, and it is undone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PROCEDURES } from '../../../ops/actions/index.ts';
import { INCIDENT_TYPES, type IncidentType } from '../../../ops/index.ts';
import { type Answer, ask, post } from '../../support/client.ts';
import { sampleIndexCopy } from '../../support/sample-index-copy.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, startServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

interface Run {
  readonly run: string;
  readonly state: string;
  readonly said: string;
  readonly details: Record<string, unknown> | null;
  readonly effect: { readonly ok: boolean; readonly measured?: { before: number | null; after: number | null } } | null;
}

interface Executed {
  readonly success: boolean;
  readonly output: string;
  readonly preview: readonly string[];
  readonly action: Run;
  readonly detail: string;
}

const FLOODER = '203.0.113.66';
const GUEST = '198.51.100.1';
const index = sampleIndexCopy();
let server: ServerProcess;
let incident = '';

beforeAll(async () => {
  server = await startServer({
    index,
    set: [
      `backup.target=${join(scratchFolder(), 'backups')}`,
      'server.faults=true',
      'server.workers=1',
      // What a model says is not what is tried here, and a worker opens sooner beside queries that are cheap.
      'retrieval.rerank.depth=3',
      'server.limits.trustedProxies=127.0.0.0/8,::1/128',
      'server.limits.maxRequests=5',
      'server.limits.burst=5',
      'server.limits.autoBlock.enabled=false',
      // What is done here is done by hand, and what is wrong is made so.
      'incidents.automatic.enabled=false',
    ],
  });
  const told = await post<{ incident: { incident_id: string } }>(`${server.url}/admin/incidents/detect`, {
    incident_type: 'high_latency',
  });
  incident = told.body.incident.incident_id;
});
afterAll(() => server.stop());

let serial = 0;
/** One that has never been asked, so that no memory answers it. */
const fresh = (more: object = {}): Promise<Answer> => asked({ query: `page cache ${serial++}`, rerank: true, ...more });
async function asked(body: object): Promise<Answer> {
  const reply = await post<Answer>(`${server.url}/search`, { topk: 3, ...body });
  if (reply.status !== 200) throw new Error(`${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply.body;
}
const searchAs = async (client: string): Promise<number> =>
  (await ask(`${server.url}/search?q=cache&rerank=false`, { headers: { 'x-forwarded-for': client } })).status;

const execute = async (id: string, parameters: object = {}, more: object = {}): Promise<Executed> =>
  (
    await post<Executed>(`${server.url}/admin/incidents/${incident}/execute`, {
      ...{ action_id: id, parameters, confirm: true },
      ...more,
    })
  ).body;
const done = async (id: string, parameters: object = {}): Promise<Run> => {
  const { action, output, detail } = await execute(id, parameters);
  if (action?.state !== 'done') throw new Error(`${id}: ${action?.state}: ${output ?? detail}`);
  return action;
};
const undone = async ({ run }: Run): Promise<void> => {
  const { body } = await post<Executed>(`${server.url}/admin/incidents/${incident}/undo`, { run });
  if (!body.success) throw new Error(`${body.output ?? body.detail}`);
};
const faults = (...list: object[]) => post(`${server.url}/admin/faults`, { faults: list });
const processFaults = (process: object) => post(`${server.url}/admin/faults`, { process });
const stats = async <Body>(path: string): Promise<Body> => (await ask<Body>(`${server.url}${path}`)).body;

/** Asks all the time until it is told to stop. @returns statuses that are not 200, and how many were asked */
function load(clients: number, body: () => object): () => Promise<{ failed: unknown[]; asked: number }> {
  let on = true;
  const failed: unknown[] = [];
  let count = 0;
  const loops = Array.from({ length: clients }, async () => {
    while (on) {
      const reply = await post(`${server.url}/search`, body()).catch((error: unknown) => ({ status: 0, body: error }));
      count += 1;
      if (reply.status !== 200) failed.push(reply.body);
    }
  });
  return async () => {
    on = false;
    await Promise.all(loops);
    return { failed, asked: count };
  };
}
const unique = () => ({ query: `theme editor ${serial++}`, topk: 3, rerank: true });

describe('slow and failing models', () => {
  it('disable_rerank: what a slow reranker costs is gone, and is back when that is taken back', async () => {
    await faults({ target: 'reranker', kind: 'slow', ms: 250 });
    const stop = load(1, unique);
    await until(async () => {
      const { endpoints } = await stats<{ endpoints: Record<string, { latency: { p95Ms: number } | null }> }>(
        '/stats/metrics',
      );
      return (endpoints['/search']?.latency?.p95Ms ?? 0) >= 250;
    });
    const action = await done('disable_rerank');
    const { failed } = await stop();
    expect(failed).toEqual([]);
    const { before, after } = action.effect!.measured!;
    expect(before!).toBeGreaterThanOrEqual(250);
    expect(after!).toBeLessThan(before!);
    expect((await fresh()).degraded).toContain('rerank_off');
    await undone(action);
    expect((await fresh()).reranked).toBe(true);
    await faults();
  });

  it('check_models finds nothing; reload_models changes nothing while the model fails, and helps when it does not', async () => {
    expect((await done('check_models')).details).toMatchObject({ sound: true });
    await faults({ target: 'reranker', kind: 'throw' });
    expect((await fresh()).degraded).toContain('rerank_failed');
    const failing = await execute('reload_models');
    expect(failing.action).toMatchObject({ state: 'failed', said: expect.stringContaining('rerank_failed') });
    const off = await done('disable_rerank');
    expect((await fresh()).degraded).toEqual(['rerank_off']);
    await undone(off);
    await faults();
    // The old one ends first, as where memory is short: queries wait.
    const stop = load(1, unique);
    expect((await done('reload_models', { beside: false })).effect).toMatchObject({ ok: true });
    expect((await stop()).failed).toEqual([]);
    expect((await fresh()).reranked).toBe(true);
  });

  it('restart_workers: every worker is another one, and no query that came meanwhile failed', async () => {
    const stop = load(2, unique);
    const action = await done('restart_workers', { beside: true });
    const { failed, asked: count } = await stop();
    expect([failed, action.said]).toEqual([[], '1 of 1 workers are new']);
    expect(count).toBeGreaterThan(2);
    expect(await stats('/stats/device')).toMatchObject({ threads: { workers: 1, lost: 0 } });
    expect((await fresh()).reranked).toBe(true);
  });

  it('restart_workers is not done again at once', async () => {
    expect((await execute('restart_workers')).detail).toContain('ask again in');
  });
});

describe('experiments', () => {
  it('emergency_stop, disable_canary, show_canary: all on control, and as it was before when taken back', async () => {
    const stopped = await done('emergency_stop');
    expect((await fresh()).degraded).toEqual(['rerank_off']);
    expect((await done('show_canary')).said).toContain('Everything is stopped');
    await undone(stopped);
    expect((await fresh()).reranked).toBe(true);
    const off = await done('disable_canary');
    expect((await fresh()).degraded).toEqual(['rerank_off']);
    await undone(off);
    expect((await done('show_canary')).said).toBe('rerank promoted');
  });
});

// The two mostly wait for what is measured, and touch nothing of each other.
describe.concurrent('the cache', () => {
  const use = async (): Promise<string | null> =>
    (await ask(`${server.url}/search?q=cache+of+pages`)).headers.get('x-cache');

  it('disable_cache, clear_cache, check_cache: off, empty, and sound', async () => {
    await use();
    expect(await use()).toBe('hit');
    const off = await done('disable_cache');
    expect(await use()).toBe('none');
    await undone(off);
    expect(await use()).toBe('hit');
    await processFaults({ cache: 'throw' });
    expect(await use()).toBe('miss');
    expect((await execute('check_cache')).action.details).toMatchObject({ memory: { ok: false } });
    await processFaults({});
    expect((await execute('check_cache')).action.details).toMatchObject({
      memory: { ok: true, said: 'What was kept is given again' },
      folder: { fault: null },
    });
    expect(await use()).toBe('hit');
    const cleared = await done('clear_cache', { force: true });
    expect(cleared.effect!.measured!.after!).toBeLessThan(cleared.effect!.measured!.before!);
    expect(await use()).toBe('miss');
  });
});

describe.concurrent('a flood', () => {
  it('show_rate_limits names who floods; block_addresses keeps him out, adjust_rate_limits everybody', async () => {
    const statuses = await Promise.all(Array.from({ length: 80 }, () => searchAs(FLOODER)));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(40);
    expect((await done('show_rate_limits')).said).toContain(FLOODER);
    const blocked = await done('block_addresses');
    expect([await searchAs(FLOODER), await searchAs(GUEST)]).toEqual([403, 200]);
    await undone(blocked);
    expect(await searchAs(FLOODER)).not.toBe(403);
    const given = { max_requests: 1, window_seconds: 3600, force: true };
    const adjusted = await done('adjust_rate_limits', given);
    await searchAs(GUEST);
    expect(await searchAs(GUEST)).toBe(429);
    await undone(adjusted);
    expect(await searchAs(GUEST)).toBe(200);
  });
});

describe('what only looks', () => {
  it('show_memory and show_errors tell of this very process', async () => {
    const resident = async (): Promise<number> => {
      const { processes } = (await done('show_memory')).details as { processes: { pid: number; rssBytes: number }[] };
      return processes.find(({ pid }) => pid === server.child.pid)!.rssBytes;
    };
    const before = await resident();
    await processFaults({ ballastMiB: 200 });
    expect((await resident()) - before).toBeGreaterThan(150 * 2 ** 20);
    await processFaults({});
    const errors = await done('show_errors');
    expect(errors.details).toMatchObject({ path: join(server.logs, 'api_errors.log') });
    expect(JSON.stringify(errors.details)).toContain('The reranker failed');
  });
});

describe('the index', () => {
  const serving = async (): Promise<string> => (await stats<{ generation: string }>('/admin/index/status')).generation;

  it('verify_index finds a byte that is not what was written, and nothing once it is again', async () => {
    const path = join(index, 'generations', await serving(), 'vectors.i8');
    const bytes = readFileSync(path);
    const at = bytes.length >> 1;
    bytes[at]! ^= 1;
    writeFileSync(path, bytes);
    const damaged = await execute('verify_index', { quarantine: false });
    expect(damaged.action).toMatchObject({ state: 'without_effect', details: { verdict: 'damaged' } });
    expect((await fresh()).total).toBeGreaterThan(0);
    bytes[at]! ^= 1;
    writeFileSync(path, bytes);
    expect((await done('verify_index')).details).toMatchObject({ verdict: 'sound', findings: [] });
  });

  it('rebuild_index: another generation serves, and the one before again when it is taken back', async () => {
    const before = await serving();
    const look = await execute('rebuild_index', {}, { dry_run: true });
    expect(look.preview.join()).toContain(before);
    const stop = load(1, () => ({ query: 'theme', topk: 1, rerank: false }));
    const rebuilt = await done('rebuild_index', { accept: true });
    expect((await stop()).failed).toEqual([]);
    expect(await serving()).not.toBe(before);
    await undone(rebuilt);
    expect(await serving()).toBe(before);
  });

  it('restore_backup: says what would be lost, restores, and what was there is back when it is taken back', async () => {
    await post(`${server.url}/admin/backup`, {});
    const idle = async (): Promise<boolean> =>
      (await stats<{ underway: unknown; backups: unknown[] }>('/admin/backup')).underway === null;
    await until(idle);
    const document = { id: 'probe-1', title: 'A quokka', text: 'A quokka smiles' };
    const put = await ask(`${server.url}/documents?refresh=wait`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(document),
    });
    expect([put.status, put.body]).toEqual([201, expect.anything()]);
    const found = async (): Promise<number> => (await fresh({ query: 'quokka', mode: 'bm25', rerank: false })).total;
    expect(await found()).toBe(1);
    const look = await execute('restore_backup', {}, { dry_run: true });
    expect(look.preview.join()).toContain('1 posts go back');
    expect((await execute('restore_backup')).action).toMatchObject({ state: 'failed' });
    const restored = await done('restore_backup', { discard: 1 });
    expect(await found()).toBe(0);
    await undone(restored);
    expect(await found()).toBe(1);
  });
});

/** What is wrong, what is seen to be otherwise after the action, and whether it was taken back; each is what a test above does. */
type Proof = readonly [action: string, fault: string, effect: string, end: 'undone' | 'done'];
const RESTARTED = [
  'restart_workers',
  'load, and a worker that is to go',
  'every worker is another, no query failed',
  'done',
];
const CLEARED = ['clear_cache', 'answers that are kept', 'fewer bytes, and a miss', 'done'];
const STOPPED = ['emergency_stop', 'a variant that all are given', 'all on control', 'undone'];
const UNRANKED = ['disable_rerank', 'a reranker that is slow, then one that throws', 'p95 falls, none fails', 'undone'];
const PROOFS = {
  high_latency: [UNRANKED, CLEARED, RESTARTED],
  high_error_rate: [STOPPED, ['show_errors', 'a reranker that throws', 'its lines are shown', 'done'], RESTARTED],
  model_failure: [
    UNRANKED,
    ['check_models', 'none in the files', 'each is sound', 'done'],
    ['reload_models', 'a reranker that throws, then none', 'refused, then reranked again', 'done'],
  ],
  index_corruption: [
    ['verify_index', 'a byte that is another', 'damaged, then sound', 'done'],
    ['rebuild_index', 'a generation to be replaced', 'another serves', 'undone'],
    ['restore_backup', 'a post after the backup', 'it is gone', 'undone'],
  ],
  memory_exhaustion: [['show_memory', '200 MiB of ballast', 'they are seen', 'done'], CLEARED, RESTARTED],
  cache_failure: [
    ['disable_cache', 'a cache that answers', 'no look-up', 'undone'],
    CLEARED,
    ['check_cache', 'a cache that throws', 'seen, then sound', 'done'],
  ],
  rate_limit_attack: [
    ['show_rate_limits', 'a flood', 'its address', 'done'],
    ['adjust_rate_limits', 'a flood', 'the second query is refused', 'undone'],
    ['block_addresses', 'a flood', 'who floods is kept out, others are not', 'undone'],
  ],
  canary_failure: [
    STOPPED,
    ['disable_canary', 'a variant that all are given', 'all on control', 'undone'],
    ['show_canary', 'a stop', 'it is told', 'done'],
  ],
} as unknown as Record<IncidentType, readonly Proof[]>;

describe('24 of 24', () => {
  const steps = INCIDENT_TYPES.flatMap((type) => PROOFS[type].map((proof) => ({ type, proof })));
  let ends: Map<string, Set<string>>;
  beforeAll(async () => {
    const { executions } = await stats<{ executions: { action_id: string; state: string }[] }>(
      `/admin/incidents/${incident}/procedures`,
    );
    ends = new Map(executions.map(({ action_id: id }) => [id, new Set<string>()]));
    for (const { action_id: id, state } of executions) ends.get(id)!.add(state);
  });

  it('are the steps of the procedures, in their order', () => {
    expect(steps.length).toBe(24);
    for (const type of INCIDENT_TYPES)
      expect(PROOFS[type].map(([action]) => action)).toEqual(PROCEDURES[type].map(({ actionId }) => actionId));
  });

  it.each(steps.map(({ type, proof: [action, fault, effect, end] }) => [type, action, fault, effect, end]))(
    '%s: %s with %s: %s; %s',
    (_type, action, _fault, _effect, end) => expect([...ends.get(action!)!]).toContain(end),
  );
});
