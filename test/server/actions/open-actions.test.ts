/** The runbook over a process: every step of every procedure is there, is done by itself where that is safe, and is told of. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ActionRecord, type Acute, PROCEDURES } from '../../../ops/actions/index.ts';
import { INCIDENT_TYPES } from '../../../ops/incident-type.ts';
import { type Actions, type ActionsParts, incidentActionOf, openActions } from '../../../server/actions/index.ts';
import { AnswerCache } from '../../../server/cache/answer-cache.ts';
import { experimentOf } from '../../../server/canary/state.ts';
import { configSchema } from '../../../server/config/schema.ts';
import { arrangeDesk } from '../canary/arrange.ts';
import { openDesk } from '../limits/support.ts';
import { answered } from './arrange-actions.ts';

interface Opened {
  readonly actions: Actions;
  readonly told: ActionRecord[];
  readonly clock: { ms: number };
  readonly phase: () => string;
  readonly hit: { percent: number | null };
}

async function open(automatic: Record<string, unknown> = {}): Promise<Opened> {
  const { desk, clock } = arrangeDesk();
  await desk.start();
  const config = configSchema.parse({ incidents: { automatic } });
  const told: ActionRecord[] = [];
  const hit = { percent: null as number | null };
  const time = { nowUs: () => clock.ms * 1000, wallMs: () => clock.ms };
  const { cache: settings, deadlineMs } = config.server;
  const judge = {
    history: { retentionMs: {}, intervals: () => [] },
    timeMs: () => clock.ms,
    snapshot: {
      cache: { hitPercent: 0, lookupsPerSecond: 0 },
      limits: { limitedPerSecond: 0, talkers: [] },
      memory: { bytesMax: 1, sharedIndexBytes: 0, residentBytes: 0 },
    },
  };
  const parts = {
    config,
    clock: time,
    workers: {
      pool: { workers: 1 },
      batcher: { submit: async () => answered({ reranked: false, degraded: ['rerank_off'] }) },
      index: { serving: 'A', models: {}, ports: { names: () => ['A'] } },
      models: () => ({}),
      generation: () => 'A',
    },
    cache: new AnswerCache({ settings, clock: time, seed: 1, deadlineMs, failed: () => {} }),
    limits: openDesk().limits,
    experiments: {
      desk,
      seat: () => ({ given: { variants: [] } }),
      brief: () => ({ stop: null, experiments: [] }),
      shares: () => [],
    },
    care: {
      verifications: {},
      rebuilds: { underway: null },
      backups: { jobs: { underway: null }, list: async () => [] },
    },
    judge: () => ({
      ...judge,
      snapshot: { ...judge.snapshot, cache: { hitPercent: hit.percent, lookupsPerSecond: 0 } },
    }),
    errors: { recent: () => [] },
    told: (record: ActionRecord) => void told.push(record),
    wait: () => turn(),
  } as unknown as ActionsParts;
  return { actions: openActions(parts), told, clock, hit, phase: () => experimentOf(desk.state, 'rerank')!.phase };
}

const acute = (over: Partial<Acute> = {}): Acute => ({
  ...{ id: 'I1', type: 'canary_failure', severity: 'high', firing: true, acknowledged: false },
  ...over,
});

describe('the runbook', () => {
  it('has every action that its procedures name, each with what it takes by default, and no other', async () => {
    const { actions } = await open();
    const named = new Set(INCIDENT_TYPES.flatMap((type) => PROCEDURES[type].map(({ actionId }) => actionId)));
    expect(actions.runner.actions.map(({ id }) => id).sort()).toEqual([...named].sort());
    for (const { id, parameters } of actions.runner.actions)
      expect([id, parameters.safeParse({}).success]).toEqual([id, true]);
  });

  it('tells of an incident what is done in which order, as the runbook prints it and as it is done here, and what stands against it now', async () => {
    const { actions, hit } = await open();
    hit.percent = 90;
    const listed = await actions.procedures({ id: 'I1', type: 'high_latency', severity: 'high' });
    expect(listed.map(({ action_id: id, estimated_time, automatic }) => [id, estimated_time, automatic])).toEqual([
      ['disable_rerank', 30, true],
      ['clear_cache', 60, false],
      ['restart_workers', 120, false],
    ]);
    expect(listed.map(({ objection }) => objection === null)).toEqual([true, false, true]);
    expect(listed[0]).toMatchObject({
      runbook_command: 'curl -X POST http://localhost:8080/admin/canary/disable',
      parameters: { properties: { minutes: { default: 15 } } },
      requires_confirmation: false,
    });
    const corrupted = await actions.procedures({ id: 'I2', type: 'index_corruption', severity: 'critical' });
    expect(corrupted.map(({ requires_confirmation }) => requires_confirmation)).toEqual([false, true, true]);
    expect(corrupted[2]!.objection).toContain('no sound backup');
  });
});

describe('what is done by itself', () => {
  it('is begun within the step, told of with its incident, and taken back when it is over', async () => {
    const { actions, told, clock } = await open();
    actions.automatic.step([acute({ type: 'cache_failure', severity: 'medium' })]);
    await actions.settled();
    expect(
      told.map(({ actionId, state, incidentId, by, automatic }) => [actionId, state, incidentId, by, automatic]),
    ).toEqual([
      ['disable_cache', 'running', 'I1', 'runbook', true],
      ['disable_cache', 'done', 'I1', 'runbook', true],
    ]);
    expect(told.map(incidentActionOf)).toMatchObject([
      { action: 'disable_cache', phase: 'started', effect: null },
      {
        action: 'disable_cache',
        phase: 'succeeded',
        effect: { measure: 'cache look-ups a second', before: 0, after: 0 },
      },
    ]);
    clock.ms += 15 * 60_000;
    actions.automatic.step([]);
    await actions.settled();
    expect(told.at(-1)).toMatchObject({ state: 'expired' });
  });

  it('stops everything where a canary’s failure is critical, though nobody is there to confirm it', async () => {
    const { actions, told } = await open();
    actions.automatic.step([acute({ severity: 'critical' })]);
    await actions.settled();
    expect(told.at(-1)).toMatchObject({ actionId: 'emergency_stop', state: 'done' });
    expect(incidentActionOf(told.at(-1)!).phase).toBe('succeeded');
  });

  it('only looks where the canary was rolled back: reranking and other experiments go on', async () => {
    const { actions, told } = await open();
    actions.automatic.step([acute()]);
    await actions.settled();
    expect(told.map(({ actionId }) => actionId)).toEqual(['show_canary', 'show_canary']);
  });

  it('is nothing where that is off, where a person has it, and after the end', async () => {
    const off = await open({ enabled: false });
    off.actions.automatic.step([acute()]);
    const { actions, told } = await open();
    actions.automatic.step([acute({ acknowledged: true })]);
    await actions.close();
    actions.automatic.step([acute()]);
    await turn();
    expect([off.told, told]).toEqual([[], []]);
    expect(off.actions.automatic.status()).toEqual({ enabled: false, paused: 'automatic actions are off' });
  });
});
