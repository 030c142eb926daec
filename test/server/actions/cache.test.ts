/** What is done about the cache: cleared only where that helps, off for a while, and looked at by using it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { IncidentType } from '../../../ops/actions/index.ts';
import { checkCache } from '../../../server/actions/check-cache.ts';
import { clearCache } from '../../../server/actions/clear-cache.ts';
import { disableCache } from '../../../server/actions/disable-cache.ts';
import { AnswerCache } from '../../../server/cache/answer-cache.ts';
import type { CacheNotice } from '../../../server/cache/notices.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { requestFor } from '../cache/sample-result.ts';
import { acted, answered, FakeMeasures } from './arrange-actions.ts';

function openCache() {
  const clock = { ms: Date.UTC(2026, 0, 1) };
  const announced: CacheNotice[] = [];
  const cache = new AnswerCache({
    settings: {
      ...{ enabled: true, bytesMax: 2 ** 20, entriesMax: 100, freshMs: 600_000, staleMs: 0 },
      ...{ staleOnErrorMs: 0, degradedMs: 100, changedMs: 0 },
    },
    clock: { nowUs: () => clock.ms * 1000, wallMs: () => clock.ms },
    seed: 1,
    deadlineMs: 10_000,
    failed: () => {},
    announce: (notice) => void announced.push(notice),
  });
  const ask = (query: string) =>
    cache.answer(
      { request: requestFor(query), generation: 'one', arm: 'control', format: 'json' },
      async () => answered({ query }),
      null,
    );
  return { cache, clock, announced, ask };
}

describe('clear_cache', () => {
  const arrange = (type: IncidentType | null, hit: number | null) => {
    const parts = openCache();
    const measures = new FakeMeasures();
    measures.hit = hit;
    return { ...parts, ...acted(clearCache({ cache: parts.cache, measures, typeOf: () => type }), parts.clock) };
  };

  it('forgets every answer, here and elsewhere, and says by how much it is smaller', async () => {
    const { ask, execute, announced, cache } = arrange('cache_failure', 90);
    await ask('a');
    await ask('b');
    const record = await execute();
    expect(record).toMatchObject({ state: 'done', undoable: false, said: '2 answers are forgotten' });
    expect(record.effect!.measured!.after!).toBeLessThan(record.effect!.measured!.before!);
    expect([cache.size.entries, announced]).toEqual([0, [{ kind: 'cleared' }]]);
    expect((await ask('a')).use).toBe('miss');
  });

  it('is refused where it answers most of what is asked and is not the cause, unless that is meant', async () => {
    const { ask, execute, cache } = arrange('high_latency', 51);
    await ask('a');
    expect(await execute()).toMatchObject({ state: 'refused' });
    expect(cache.size.entries).toBe(1);
    expect(await execute({ force: true })).toMatchObject({ state: 'done' });
    for (const [type, hit] of [
      ['high_latency', 50],
      ['high_latency', null],
      ['memory_exhaustion', 99],
    ] as const)
      expect((await arrange(type, hit).execute()).state).toBe('done');
  });
});

describe('disable_cache', () => {
  const arrange = () => {
    const parts = openCache();
    const measures = new FakeMeasures();
    measures.lookups = (waitedS) => (waitedS >= 2 && !parts.cache.power.isOn ? 0 : 40);
    return { ...parts, measures, ...acted(disableCache({ cache: parts.cache, measures }), parts.clock) };
  };

  it('is off until it is taken back, in every process', async () => {
    const { execute, ask, announced, runner, cache } = arrange();
    await ask('a');
    const record = await execute();
    expect(record).toMatchObject({ state: 'done', effect: { measured: { before: 40, after: 0 } } });
    expect((await ask('a')).use).toBe('none');
    expect((await execute()).said).toContain('off already, for another 900 s');
    await runner.undo(record.runId, 'grace');
    expect([cache.power.isOn, (await ask('a')).use]).toEqual([true, 'hit']);
    expect(announced).toEqual([{ kind: 'disabled', forMs: 900_000 }, { kind: 'enabled' }]);
  });

  it('is on again by itself', async () => {
    const { execute, pass, cache, runner } = arrange();
    await execute({ minutes: 2 });
    await pass(119_999);
    expect(cache.power.isOn).toBe(false);
    await pass(1);
    expect([cache.power.isOn, runner.records[0]!.state]).toEqual([true, 'expired']);
  });
});

describe('check_cache', () => {
  const arrange = (directory = join(scratchFolder(), 'cache')) => {
    const parts = openCache();
    let asked = 0;
    const check = checkCache({
      cache: parts.cache,
      generation: () => 'one',
      request: () => requestFor(`probe ${asked}`),
      submit: async () => {
        asked += 1;
        return answered();
      },
      directory,
    });
    return { ...parts, directory, asked: () => asked, ...acted(check, parts.clock) };
  };

  it('asks the workers once for what is asked twice, and tells what lies in the folder and how much fits', async () => {
    const { execute, asked, directory } = arrange();
    mkdirSync(directory);
    writeFileSync(join(directory, 'answers.spill'), 'x'.repeat(100));
    const record = await execute();
    expect([record.state, asked()]).toEqual(['done', 1]);
    expect(record.details).toMatchObject({
      memory: { ok: true },
      folder: { fault: null, files: [{ name: 'answers.spill', bytes: 100 }] },
    });
    expect((record.details as { folder: { freeBytes: number } }).folder.freeBytes).toBeGreaterThan(0);
  });

  it('says what is wrong with a folder that cannot be used', async () => {
    const home = scratchFolder();
    writeFileSync(join(home, 'cache'), 'a file');
    const { execute } = arrange(join(home, 'cache'));
    expect((await execute()).said).toContain('cannot be used: EEXIST');
  });

  it('says so where the cache is off', async () => {
    const { execute, cache } = arrange();
    cache.power.turnOff(null);
    expect((await execute()).said).toContain('The cache is off');
  });
});
