/** What takes experiments away: it does, that is seen in answers, and what was there comes back unless somebody decided otherwise. */
import { describe, expect, it } from 'vitest';
import { disableCanary } from '../../../server/actions/disable-canary.ts';
import { disableRerank } from '../../../server/actions/disable-rerank.ts';
import { emergencyStop } from '../../../server/actions/emergency-stop.ts';
import { endHold } from '../../../server/actions/rerank-hold.ts';
import { showCanary } from '../../../server/actions/show-canary.ts';
import { NO_CHANGE } from '../../../server/canary/definition.ts';
import { experimentOf } from '../../../server/canary/state.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { arrangeDesk, WHO } from '../canary/arrange.ts';
import { acted, answered, FakeMeasures } from './arrange-actions.ts';

const SLOW_MS = 800;
const OFF = answered({ reranked: false, degraded: ['rerank_off'] });

async function arrange(disk = new SimulatedDisk()) {
  const { desk, clock } = arrangeDesk(disk);
  await desk.start();
  const measures = new FakeMeasures();
  measures.outcome = OFF;
  const phase = (): string => experimentOf(desk.state, 'rerank')!.phase;
  return { desk, clock, measures, phase, disk };
}

describe('disable_rerank', () => {
  const arranged = async () => {
    const parts = await arrange();
    const { desk, clock, measures } = parts;
    return { ...parts, ...acted(disableRerank({ desk, measures, wallMs: () => clock.ms, slowMs: SLOW_MS }), clock) };
  };

  it('is in force at once, seen in a real answer, measured, and over after a quarter of an hour', async () => {
    const { execute, phase, measures, pass, desk, runner } = await arranged();
    measures.p95 = (waitedS) => (waitedS < 4 ? 2400 : 310);
    const record = await execute();
    expect(record).toMatchObject({
      state: 'done',
      effect: { ok: true, measured: { measure: 'p95 ms', before: 2400, after: 310 } },
    });
    expect(record.effect!.said).toContain('rerank_off');
    expect(phase()).toBe('pending');
    expect(desk.state.experiments[0]!.last).toMatchObject({ by: 'ada' });
    expect(desk.state.experiments[0]!.last.reason).toContain('incident I1');
    await pass(14 * 60_000);
    expect(phase()).toBe('pending');
    await pass(60_000);
    expect([phase(), runner.records[0]!.state]).toEqual(['promoted', 'expired']);
  });

  it('without effect where it is as slow as before, or reranked all the same', async () => {
    const { execute, measures, runner } = await arranged();
    measures.p95 = () => 2400;
    const first = await execute();
    expect(first).toMatchObject({ state: 'without_effect', effect: { measured: { before: 2400, after: 2400 } } });
    expect(measures.waitedMs).toBeLessThanOrEqual(12_000);
    await runner.undo(first.runId, 'ada');
    const again = await arranged();
    again.measures.outcome = answered({ reranked: true });
    expect(await again.execute()).toMatchObject({ state: 'without_effect' });
  });

  it('where nobody asks, what is seen in an answer is enough', async () => {
    const { execute } = await arranged();
    expect(await execute()).toMatchObject({ state: 'done', effect: { measured: { before: null, after: null } } });
  });

  it('gives back a rollout where it was, step and all', async () => {
    const { desk, execute, runner } = await arranged();
    await desk.act({ kind: 'disable', name: 'rerank' }, WHO);
    await desk.act({ kind: 'enable', name: 'rerank', given: {}, percentage: 5 }, WHO);
    await desk.act({ kind: 'rollout', name: 'rerank', to: 'steps' }, WHO);
    const before = experimentOf(desk.state, 'rerank')!;
    const { runId } = await execute();
    await runner.undo(runId, 'grace');
    const after = experimentOf(desk.state, 'rerank')!;
    expect(after).toMatchObject({ phase: 'running', percentage: before.percentage, stepped: true, step: before.step });
  });

  it('leaves alone what somebody has changed meanwhile', async () => {
    const { desk, execute, runner, phase } = await arranged();
    const { runId } = await execute();
    await desk.act({ kind: 'enable', name: 'rerank', given: {}, percentage: 10 }, WHO);
    expect((await runner.undo(runId, 'grace')).said).toContain('was changed meanwhile');
    expect(phase()).toBe('running');
  });

  it('changes nothing, and promises nothing, where it is off or all is stopped', async () => {
    const { desk, execute, clock } = await arranged();
    await desk.act({ kind: 'stop' }, WHO);
    expect(await execute()).toMatchObject({ state: 'done', undoable: false, expiresAtMs: null });
    await desk.act({ kind: 'clear', to: 'restore' }, WHO);
    await desk.act({ kind: 'disable', name: 'rerank' }, WHO);
    clock.ms += 60_000;
    expect(await execute()).toMatchObject({ state: 'done', undoable: false });
  });

  it('is given back by the next process where the one that did it has ended, and not where a person had it off', async () => {
    const { desk, execute, phase, clock } = await arranged();
    await execute({ minutes: 1 });
    expect(await endHold(desk, clock.ms + 59_000)).toBe(false);
    expect([await endHold(desk, clock.ms + 66_000), phase()]).toEqual([true, 'promoted']);
    await desk.act({ kind: 'disable', name: 'rerank' }, WHO);
    expect([await endHold(desk, clock.ms + 10_000_000), phase()]).toEqual([false, 'pending']);
  });

  it('holds where the disk is full', async () => {
    const { disk } = failingDisk(new SimulatedDisk(), { code: 'ENOSPC', at: 0, lasting: true, fails: () => true });
    const { desk, clock } = arrangeDesk(disk, arrangeDesk().desk.state);
    const measures = new FakeMeasures();
    measures.outcome = OFF;
    const { execute } = acted(disableRerank({ desk, measures, wallMs: () => clock.ms, slowMs: SLOW_MS }), clock);
    const record = await execute();
    expect(record.state).toBe('done');
    expect(record.said).toContain('a restart would not know of it');
    expect(experimentOf(desk.state, 'rerank')!.phase).toBe('pending');
  });
});

describe('emergency_stop and disable_canary', () => {
  const percent = (share: number) => () => share;

  it('stop everything until it is taken back, and everything is as it was', async () => {
    const { desk, measures } = await arrange();
    const canaryPercent = (): number => (desk.state.stop === null ? 20 : 0);
    const { execute, runner } = acted(emergencyStop({ desk, measures, canaryPercent }));
    const before = desk.state.experiments;
    const record = await execute();
    expect(record).toMatchObject({
      state: 'done',
      expiresAtMs: null,
      effect: { ok: true, measured: { measure: 'share on canaries %', before: 20, after: 0 } },
    });
    expect(desk.state.stop).toMatchObject({ by: 'ada' });
    expect(await execute()).toMatchObject({ state: 'done', undoable: false });
    await runner.undo(record.runId, 'grace');
    expect([desk.state.stop, desk.state.experiments]).toEqual([null, before]);
  });

  it('a stop that somebody else has made since is not taken back', async () => {
    const { desk, measures } = await arrange();
    const { execute, runner } = acted(emergencyStop({ desk, measures, canaryPercent: percent(0) }));
    const { runId } = await execute();
    await desk.act({ kind: 'clear', to: 'restore' }, WHO);
    await desk.act({ kind: 'stop' }, WHO);
    expect((await runner.undo(runId, 'grace')).said).toContain('could not be taken back');
    expect(desk.state.stop).not.toBeNull();
  });

  it('without effect where a real query is still reranked', async () => {
    const { desk, measures } = await arrange();
    measures.outcome = answered({ reranked: true });
    const { execute } = acted(emergencyStop({ desk, measures, canaryPercent: percent(0) }));
    expect((await execute()).state).toBe('without_effect');
  });

  it('one experiment or all are off, and on again as they were', async () => {
    const { desk } = await arrange();
    const change = { canary: { ...NO_CHANGE, retrieval: { fusion: { denseWeight: 0.5 } } } };
    await desk.act({ kind: 'enable', name: 'fusion', given: change, percentage: 30 }, WHO);
    const { execute, runner, preview } = acted(disableCanary({ desk, canaryPercent: percent(0) }));
    expect((await preview({ experiment: 'none' })).objection).toContain('no experiment');
    expect((await preview()).steps).toHaveLength(2);
    const one = await execute({ experiment: 'fusion' });
    expect(desk.state.experiments.map(({ name, phase }) => `${name} ${phase}`)).toEqual([
      'rerank promoted',
      'fusion pending',
    ]);
    await runner.undo(one.runId, 'grace');
    expect(experimentOf(desk.state, 'fusion')).toMatchObject({ phase: 'running', percentage: 30 });
    const all = await execute();
    expect(desk.state.experiments.map(({ phase }) => phase)).toEqual(['pending', 'pending']);
    expect(await runner.undo(all.runId, 'grace')).toMatchObject({ state: 'undone' });
    expect(desk.state.experiments.map(({ phase }) => phase)).toEqual(['promoted', 'running']);
  });

  it('what is tried is told in a sentence', async () => {
    const brief = () => ({
      stop: { by: 'ada', reason: '', atMs: 0 },
      experiments: [
        { name: 'rerank', phase: 'promoted', sharePercent: 100, step: null, seen: null },
        { name: 'fusion', phase: 'running', sharePercent: 5, step: null, seen: null },
      ],
    });
    const { execute } = acted(showCanary({ brief }));
    expect((await execute()).said).toBe(
      'Everything is stopped by ada; otherwise: rerank promoted, fusion running at 5 %',
    );
  });
});
