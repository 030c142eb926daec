/** What is done about incidents: never twice at once, never longer than it may, always to be found again. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EngineError } from '../../../engine/errors.ts';
import { type ActionDefinition, type ActionRecord, ActionRunner } from '../../../ops/actions/index.ts';

const nothing = z.strictObject({});

const action = (over: Partial<ActionDefinition> = {}): ActionDefinition => ({
  id: 'disable_cache',
  title: 'Disable the cache',
  about: 'Every query is answered anew.',
  risk: 'low',
  command: 'wp-chat cache disable',
  runbookCommand: 'curl -X POST http://localhost:8080/admin/cache/disable',
  timeBudgetMs: 60_000,
  cooldownMs: 0,
  concurrencyKey: 'cache',
  parameters: nothing,
  preview: () => ['The cache is off'],
  run: async () => ({ changed: true, said: 'The cache is off' }),
  ...over,
});

function runnerOf(...actions: ActionDefinition[]) {
  const time = { ms: 1000 };
  const calendar = { aheadMs: 0 };
  const told: ActionRecord[] = [];
  let serial = 0;
  const runner = new ActionRunner({
    actions,
    nowMs: () => time.ms + calendar.aheadMs,
    steadyMs: () => time.ms,
    nextId: () => `run-${++serial}`,
    told: (record) => void told.push(record),
  });
  const execute = (actionId: string, more: object = {}) => runner.execute({ actionId, by: 'an operator', ...more });
  return {
    runner,
    time,
    calendar,
    told,
    execute,
    states: () => told.map(({ actionId, state }) => `${actionId} ${state}`),
  };
}

/** Opens when told to. */
function gate() {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('an action', () => {
  it('is told of when it begins and when it has ended, with what came of it', async () => {
    const { execute, states, runner } = runnerOf(action());
    const record = await execute('disable_cache', { incidentId: 'I1' });
    expect(record).toMatchObject({ state: 'done', said: 'The cache is off', incidentId: 'I1', by: 'an operator' });
    expect(states()).toEqual(['disable_cache running', 'disable_cache done']);
    expect(runner.records).toEqual([record]);
  });

  it('that does not help says so', async () => {
    const probe = async () => ({ ok: false, said: 'It is still on' });
    const { execute } = runnerOf(action({ run: async () => ({ changed: true, said: '', probe }) }));
    expect(await execute('disable_cache')).toMatchObject({
      state: 'without_effect',
      effect: { ok: false, said: 'It is still on' },
    });
  });

  it('that throws has failed, with the code', async () => {
    const run = async () => {
      throw new EngineError('index_busy', 'Another process writes it');
    };
    const { execute } = runnerOf(action({ run }));
    expect(await execute('disable_cache')).toMatchObject({
      state: 'failed',
      said: 'index_busy: Another process writes it',
    });
  });

  it('that takes too long is told to end and given up, and what it did late can still be taken back', async () => {
    const { open, opened } = gate();
    let aborted = false;
    const run: ActionDefinition['run'] = async (_parameters, { signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      aborted = true;
      await opened;
      return { changed: true, said: 'late', undo: async () => 'back' };
    };
    const { execute, runner, told } = runnerOf(action({ run, timeBudgetMs: 5 }));
    const record = await execute('disable_cache');
    expect([record.state, record.undoable, aborted]).toEqual(['timed_out', false, true]);
    // While it goes on, nothing else may touch the same.
    expect(await execute('disable_cache')).toMatchObject({
      state: 'refused',
      said: expect.stringContaining('under way'),
    });
    open();
    await opened;
    await new Promise(setImmediate);
    expect(told.at(-1)).toMatchObject({
      state: 'timed_out',
      said: expect.stringMatching(/did not end.*but later: late/),
    });
    expect((await runner.undo(record.runId, 'me')).state).toBe('undone');
    expect((await execute('disable_cache')).state).toBe('timed_out');
  });

  it('knows who asked, and about what', async () => {
    const asked: unknown[] = [];
    const { execute } = runnerOf(
      action({
        objection: (_, about) => {
          asked.push(about);
          return null;
        },
        run: async (_, { by, incidentId, automatic }) => {
          asked.push({ by, incidentId, automatic });
          return { changed: true, said: '' };
        },
      }),
    );
    await execute('disable_cache', { incidentId: 'I1', automatic: true });
    expect(asked).toEqual([
      { incidentId: 'I1', automatic: true },
      { by: 'an operator', incidentId: 'I1', automatic: true },
    ]);
  });

  it('that cannot be recorded is done all the same, and says so', async () => {
    const runner = new ActionRunner({
      actions: [action()],
      nowMs: () => 0,
      steadyMs: () => 0,
      nextId: () => 'run-1',
      told: () => Promise.reject(new Error('no space left on device')),
    });
    const record = await runner.execute({ actionId: 'disable_cache', by: 'me' });
    expect(record.state).toBe('done');
    expect(runner.records[0]!.said).toContain('could not be recorded: no space left on device');
  });

  it('of which it cannot be found out whether it may be done has failed, and may be tried again at once', async () => {
    const objection = async (): Promise<null> => {
      throw new EngineError('backup_unreachable', 'No answer');
    };
    const { execute } = runnerOf(action({ objection, cooldownMs: 60_000 }));
    for (let times = 0; times < 2; times++)
      expect(await execute('disable_cache')).toMatchObject({ state: 'failed', said: 'backup_unreachable: No answer' });
  });

  it('with parameters that are wrong is not begun, and the field is named', async () => {
    const { execute, told } = runnerOf(action({ parameters: z.strictObject({ minutes: z.int().min(1) }) }));
    await expect(execute('disable_cache', { parameters: { minutes: 0 } })).rejects.toMatchObject({
      code: 'request_invalid',
      place: { field: 'parameters.minutes' },
    });
    await expect(execute('enable_cash')).rejects.toMatchObject({ code: 'not_found' });
    expect(told).toEqual([]);
  });
});

describe('is refused, and nothing is done,', () => {
  const counted = (over: Partial<ActionDefinition>) => {
    let runs = 0;
    const run = async () => {
      runs += 1;
      return { changed: true, said: '' };
    };
    return { ...runnerOf(action({ run, ...over })), runs: () => runs };
  };

  it('what is of high risk and not confirmed', async () => {
    const { execute, runs } = counted({ risk: 'high' });
    expect((await execute('disable_cache')).state).toBe('refused');
    expect(runs()).toBe(0);
    expect((await execute('disable_cache', { confirm: true })).state).toBe('done');
  });

  it('what would do harm now', async () => {
    const { execute, runs, runner } = counted({ objection: () => 'It answers most queries' });
    expect(await execute('disable_cache')).toMatchObject({ state: 'refused', said: 'It answers most queries' });
    expect(runs()).toBe(0);
    expect(await runner.preview({ actionId: 'disable_cache' })).toEqual({
      objection: 'It answers most queries',
      steps: ['The cache is off'],
    });
  });

  it('what was done just now', async () => {
    const { execute, time, runs } = counted({ cooldownMs: 30_000 });
    await execute('disable_cache');
    time.ms += 29_999;
    expect(await execute('disable_cache')).toMatchObject({
      state: 'refused',
      said: 'It was done just now: ask again in 1 s',
    });
    time.ms += 1;
    expect((await execute('disable_cache')).state).toBe('done');
    expect(runs()).toBe(2);
  });

  it('what touches the same as another that is under way, however close they come', async () => {
    const { open, opened } = gate();
    const slow = action({ id: 'clear_cache', run: () => opened.then(() => ({ changed: true, said: 'cleared' })) });
    const { execute } = runnerOf(slow, action({ objection: async () => null }));
    const clearing = execute('clear_cache');
    const [second, third] = await Promise.all([execute('disable_cache'), execute('clear_cache')]);
    expect([second!.state, third!.state]).toEqual(['refused', 'refused']);
    open();
    expect((await clearing).state).toBe('done');
    const both = await Promise.all([execute('disable_cache'), execute('disable_cache')]);
    expect(both.map(({ state }) => state).sort()).toEqual(['done', 'refused']);
  });
});

describe('what was done', () => {
  const switched = () => {
    const state = { on: true };
    const run: ActionDefinition['run'] = async () => {
      state.on = false;
      const undo = async (): Promise<string> => {
        state.on = true;
        return 'on again';
      };
      return { changed: true, said: 'off', undo, expiresInMs: 60_000 };
    };
    return { ...runnerOf(action({ run })), state };
  };

  it('is taken back once', async () => {
    const { execute, runner, state } = switched();
    const { runId } = await execute('disable_cache');
    expect(state.on).toBe(false);
    expect(await runner.undo(runId, 'me')).toMatchObject({
      state: 'undone',
      undoable: false,
      said: 'off; taken back by me: on again',
    });
    expect(state.on).toBe(true);
    await expect(runner.undo(runId, 'me')).rejects.toMatchObject({ code: 'action_refused' });
    await expect(runner.undo('run-99', 'me')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is taken back by itself when its time is over, not before', async () => {
    const { execute, runner, state, time } = switched();
    await execute('disable_cache');
    time.ms += 59_999;
    await runner.step();
    expect(state.on).toBe(false);
    time.ms += 1;
    await runner.step();
    expect([state.on, runner.records[0]!.state]).toEqual([true, 'expired']);
  });

  it('is not taken back while something else touches the same: that is refused, or waits', async () => {
    const { open, opened } = gate();
    const slow = action({ id: 'clear_cache', run: () => opened.then(() => ({ changed: true, said: 'cleared' })) });
    const undo = async (): Promise<string> => 'on again';
    const run: ActionDefinition['run'] = async () => ({ changed: true, said: 'off', undo, expiresInMs: 60_000 });
    const { execute, runner, time } = runnerOf(slow, action({ run }));
    const { runId } = await execute('disable_cache');
    const clearing = execute('clear_cache');
    await turn();
    await expect(runner.undo(runId, 'me')).rejects.toMatchObject({ code: 'action_refused' });
    time.ms += 60_000;
    await runner.step();
    expect(runner.records.find((one) => one.runId === runId)!.state).toBe('done');
    open();
    await clearing;
    await runner.step();
    expect(runner.records.find((one) => one.runId === runId)!.state).toBe('expired');
  });

  it('keeps others from the same while it is taken back', async () => {
    const { open, opened } = gate();
    const undo = (): Promise<string> => opened.then(() => 'on again');
    const run: ActionDefinition['run'] = async () => ({ changed: true, said: 'off', undo });
    const { execute, runner } = runnerOf(action({ run }), action({ id: 'clear_cache' }));
    const [one, other] = [await execute('disable_cache'), await execute('disable_cache')];
    const taking = runner.undo(one.runId, 'me');
    expect(await execute('clear_cache')).toMatchObject({
      state: 'refused',
      said: 'Taking back disable_cache is under way: ask again when it has ended',
    });
    await expect(runner.undo(other.runId, 'me')).rejects.toMatchObject({ code: 'action_refused' });
    open();
    expect((await taking).state).toBe('undone');
    expect((await execute('clear_cache')).state).toBe('done');
  });

  it('lasts as long as it was to last, and rests as long, whatever becomes of the calendar', async () => {
    const undo = async (): Promise<string> => 'on again';
    const run: ActionDefinition['run'] = async () => ({ changed: true, said: 'off', undo, expiresInMs: 60_000 });
    const { execute, runner, time, calendar } = runnerOf(action({ run, cooldownMs: 1000 }));
    await execute('disable_cache');
    calendar.aheadMs = 3_600_000;
    await runner.step();
    expect(runner.records[0]!.state).toBe('done');
    calendar.aheadMs = -3_600_000;
    time.ms += 60_000;
    await runner.step();
    expect(runner.records[0]!.state).toBe('expired');
    expect((await execute('disable_cache')).state).toBe('done');
  });

  it('and could not be taken back when its time was over, is tried again', async () => {
    let broken = true;
    const undo = async (): Promise<string> => {
      if (broken) throw new Error('no disk');
      return 'on again';
    };
    const run: ActionDefinition['run'] = async () => ({ changed: true, said: 'off', undo, expiresInMs: 60_000 });
    const { execute, runner, time } = runnerOf(action({ run }));
    await execute('disable_cache');
    time.ms += 60_000;
    await runner.step();
    expect(runner.records[0]).toMatchObject({ state: 'done', undoable: true });
    broken = false;
    await runner.step();
    expect(runner.records[0]!.state).toBe('done');
    time.ms += 60_000;
    await runner.step();
    expect(runner.records[0]!.state).toBe('expired');
  });

  it('and cannot be taken back, stays to be taken back', async () => {
    let broken = true;
    const undo = async (): Promise<string> => {
      if (broken) throw new Error('no disk');
      return 'on again';
    };
    const { execute, runner } = runnerOf(action({ run: async () => ({ changed: true, said: 'off', undo }) }));
    const { runId } = await execute('disable_cache');
    expect(await runner.undo(runId, 'me')).toMatchObject({
      state: 'done',
      undoable: true,
      said: 'off; could not be taken back: no disk',
    });
    broken = false;
    expect((await runner.undo(runId, 'me')).state).toBe('undone');
  });
});
