/** What is done about a damaged index: looked at, built anew or taken back, always so that what served can serve again. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import type { Fallback } from '../../../engine/store/index.ts';
import type { VerifyReport } from '../../../engine/store/verify/index.ts';
import { rebuildIndexAction } from '../../../server/actions/rebuild-index.ts';
import { restoreBackup } from '../../../server/actions/restore-backup.ts';
import { verifyIndex } from '../../../server/actions/verify-index.ts';
import { BackupJobs } from '../../../server/backup/backup-jobs.ts';
import { Rebuilds } from '../../../server/index-admin/rebuilds.ts';
import { Verifications } from '../../../server/index-admin/verifications.ts';
import { acted, answered, FakeMeasures } from './arrange-actions.ts';

/** Generations of which one serves. */
function arrangeIndex() {
  const state = { serving: 'B', names: ['A', 'B'], pointed: '' };
  const index = {
    get serving() {
      return state.serving;
    },
    settled: async () => {},
    swap: async (generation: string) => {
      if (!state.names.includes(generation))
        return { kind: 'refused' as const, code: 'index_missing' as const, detail: 'It is gone' };
      state.serving = generation;
      return { kind: 'serving' as const, generation };
    },
    ports: {
      names: () => state.names,
      point: () => {
        state.pointed = state.serving;
      },
      pool: { serving: {} },
    },
  };
  const measures = new FakeMeasures();
  measures.outcome = answered({ total: 3 });
  return { state, index: index as never, measures };
}

const reportOf = (verdict: VerifyReport['verdict']): VerifyReport => ({
  ...{ generation: 'B', verdict, detail: null, checks: [], bytesRead: 1, bytesTotal: 1, seconds: 2, resume: null },
  findings: verdict === 'damaged' ? [{ check: 'bytes', file: 'lexical.bin', block: 3, expected: '1a', got: '2b' }] : [],
});

describe('verify_index', () => {
  const arrange = (verdict: VerifyReport['verdict'], good: string | null = 'A') => {
    const parts = arrangeIndex();
    const { state, index, measures } = parts;
    const asked: unknown[] = [];
    const verifications = new Verifications(
      {
        verify: async (job) => {
          asked.push(job);
          return reportOf(verdict);
        },
        serving: () => state.serving,
        setAside: async () => {
          if (good === null) throw new EngineError('index_damaged', 'Nothing else is whole');
          return { damage: [], serving: good, quarantined: ['B.damaged'], unmoved: null } satisfies Fallback;
        },
        goOver: async (generation) => {
          state.serving = generation;
        },
        report: () => {},
        wallMs: () => 0,
      },
      { everyMs: 0, bytesPerSecondMax: 1 },
    );
    return { ...parts, asked, verifications, ...acted(verifyIndex({ index, verifications, measures })) };
  };

  it('says that it is sound, and asks it something', async () => {
    const { execute, asked } = arrange('sound');
    expect(await execute()).toMatchObject({ state: 'done', said: 'B: sound, after 2.0 s', effect: { ok: true } });
    expect(asked).toEqual([{ generation: 'B', bytesPerSecondMax: null, deadlineMs: 55_000 }]);
  });

  it('where it is damaged the last good one serves', async () => {
    const { execute, state } = arrange('damaged');
    const record = await execute();
    expect(record).toMatchObject({ state: 'done', details: { fallback: { serving: 'A' } } });
    expect([record.said, state.serving]).toEqual([expect.stringContaining('lexical.bin'), 'A']);
  });

  it('without effect where nothing else is whole, or nothing is to be moved', async () => {
    expect(await arrange('damaged', null).execute()).toMatchObject({
      state: 'without_effect',
      said: expect.stringContaining('Nothing else is whole'),
    });
    const { execute, state } = arrange('damaged');
    expect(await execute({ quarantine: false })).toMatchObject({ state: 'without_effect' });
    expect(state.serving).toBe('B');
  });

  it('without effect where nothing is found in it', async () => {
    const { execute, measures } = arrange('sound');
    measures.outcome = answered({ total: 0, hits: [] });
    expect((await execute()).state).toBe('without_effect');
  });

  it('waits for one that is under way, and names what there is', async () => {
    const { execute, verifications, asked } = arrange('sound');
    verifications.start({ generation: 'A', bytesPerSecondMax: 1, deadlineMs: null }, false);
    expect((await execute()).state).toBe('done');
    expect(asked).toHaveLength(2);
    expect(await execute({ generation: 'C' })).toMatchObject({
      state: 'refused',
      said: expect.stringContaining('A, B'),
    });
  });
});

describe('rebuild_index', () => {
  const arrange = () => {
    const parts = arrangeIndex();
    const { state, index, measures } = parts;
    let end: (error?: EngineError) => void = () => {};
    const rebuilds = new Rebuilds({
      rebuild: () =>
        new Promise((resolve, reject) => {
          end = (error) => (error === undefined ? resolve({ generation: 'C', seconds: 3 } as never) : reject(error));
        }),
      goOver: async (generation) => {
        state.names.push(generation);
        state.serving = generation;
      },
      report: () => {},
      wallMs: () => 0,
    });
    return {
      ...parts,
      end: (error?: EngineError) => end(error),
      ...acted(rebuildIndexAction({ index, rebuilds, measures })),
    };
  };

  it('lets a new one serve, and the one before again where it is taken back', async () => {
    const { execute, end, state, runner, preview } = arrange();
    const running = execute();
    await turn();
    expect((await preview()).objection).toContain('being rebuilt already');
    end();
    const record = await running;
    expect([record.state, state.serving]).toEqual(['done', 'C']);
    await runner.undo(record.runId, 'grace');
    expect(state).toMatchObject({ serving: 'B', pointed: 'B' });
  });

  it('has to be confirmed, and tells why it failed', async () => {
    const { execute, end, state } = arrange();
    expect((await execute({}, { confirm: false })).state).toBe('refused');
    const running = execute();
    await turn();
    end(new EngineError('index_shrunk', 'It would have 3 of 9 posts'));
    expect(await running).toMatchObject({ state: 'failed', said: 'index_shrunk: It would have 3 of 9 posts' });
    expect(state.serving).toBe('B');
  });

  it('does not take back what another index has taken the place of, nor to one that is gone', async () => {
    const { execute, end, state, runner } = arrange();
    const running = execute();
    await turn();
    end();
    const { runId } = await running;
    state.serving = 'D';
    expect((await runner.undo(runId, 'grace')).said).toContain('Another one serves since');
    state.serving = 'C';
    state.names = ['C'];
    expect((await runner.undo(runId, 'grace')).said).toContain('not there any more');
  });
});

describe('restore_backup', () => {
  const arrange = (listed: object[]) => {
    const { measures } = arrangeIndex();
    const ran: object[] = [];
    const preview = {
      ...{ backup: 'b2', createdAt: '2026-01-01', serving: 'B', lost: 4, models: ['No embedder'] },
      differences: { added: { count: 1 }, changed: { count: 2 }, deleted: { count: 1 } },
    };
    const jobs = new BackupJobs(
      {
        run: async (task) => {
          ran.push(task);
          if (task.kind === 'preview') return preview as never;
          if (task.kind === 'undo') return { undone: { generation: 'B' }, preview: {} } as never;
          if (task.kind === 'restore' && task.discardMax! < 4)
            throw new EngineError('backup_refused', '4 posts would be lost');
          return { restored: { generation: 'R' }, preview } as never;
        },
        list: async () => listed as never,
        goOver: async () => {},
        hold: async () => () => {},
        report: () => {},
        wallMs: () => 0,
      },
      { at: '', drillDays: 0, policy: {} as never },
    );
    const backups = { jobs, list: async () => listed as never, place: 'data/backups' };
    return { ran, ...acted(restoreBackup({ backups, measures })) };
  };
  const sound = (id: string) => ({ id, damage: null, check: null, summary: {} });
  const LISTED = [sound('b1'), sound('b2'), { ...sound('b3'), damage: 'cut off' }];

  it('says beforehand what would be lost, takes the newest sound one, and is taken back', async () => {
    const { execute, preview, runner, ran } = arrange(LISTED);
    const { objection, steps } = await preview();
    expect([objection, steps.join()]).toEqual([null, expect.stringMatching(/b2.*4 posts.*"discard": 4.*No embedder/)]);
    expect(await execute()).toMatchObject({ state: 'failed', said: expect.stringContaining('backup_refused') });
    const record = await execute({ discard: 4 });
    expect(record).toMatchObject({ state: 'done', said: expect.stringContaining('serves as R') });
    expect(await runner.undo(record.runId, 'grace')).toMatchObject({ state: 'undone' });
    expect(ran.map((task) => (task as { kind: string }).kind)).toEqual(['preview', 'restore', 'restore', 'undo']);
  });

  it('is refused where there is none, or the one that is named is damaged, and has to be confirmed', async () => {
    expect(await arrange([]).execute()).toMatchObject({
      state: 'refused',
      said: expect.stringContaining('backup create'),
    });
    const { execute } = arrange(LISTED);
    expect(await execute({ backup: 'b3' })).toMatchObject({
      state: 'refused',
      said: expect.stringContaining('cut off'),
    });
    expect(await execute({ backup: 'b9' })).toMatchObject({
      state: 'refused',
      said: expect.stringContaining('no such'),
    });
    expect(await execute({}, { confirm: false })).toMatchObject({ state: 'refused' });
  });
});
