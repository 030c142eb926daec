/** Where the state changes: arms first, then the disk, then everybody; and what takes something away waits for neither. */
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { NO_CHANGE } from '../../../server/canary/definition.ts';
import { followed } from '../../../server/canary/followed.ts';
import { type Move, MoveRefused } from '../../../server/canary/moves.ts';
import type { CanaryNotice } from '../../../server/canary/notices.ts';
import { experimentOf } from '../../../server/canary/state.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { type Arranged, arrangeDesk, WHO } from './arrange.ts';

const fusion = { canary: { ...NO_CHANGE, retrieval: { fusion: { denseWeight: 0.5 } } } };
const model = { canary: { ...NO_CHANGE, reranker: 'none' } };
const enable = (name: string, given: object): Move => ({ kind: 'enable', name, given, percentage: 50 });
const request = { variants: [] as readonly string[] };
const somebody = { subject: { userId: '2' }, asked: new Map([['fusion', 'canary']]) };

async function running(): Promise<Arranged> {
  const arranged = arrangeDesk();
  await arranged.desk.start();
  await arranged.desk.act(enable('fusion', fusion), WHO);
  return arranged;
}

describe('an act', () => {
  it('that needs a new arm is in force when every worker has it, and not before', async () => {
    const { desk, arms } = arrangeDesk();
    let open = (): void => {};
    arms.gate = new Promise((resolve) => {
      open = resolve;
    });
    const done = desk.act(enable('fusion', fusion), WHO);
    expect(experimentOf(desk.state, 'fusion')).toBeUndefined();
    open();
    expect(await done).not.toBeInstanceOf(MoveRefused);
    expect(desk.board.givenTo(somebody).variants).toEqual([
      arms.variants.find(({ name }) => name.startsWith('fusion'))!.name,
    ]);
  });

  it('whose arm cannot be had is refused as the workers say it, and nothing has changed', async () => {
    const { desk, arms } = arrangeDesk();
    await desk.start();
    const before = [desk.state, arms.variants];
    expect(await desk.act(enable('model', model), WHO)).toMatchObject({ code: 'model_missing' });
    expect([desk.state, arms.variants]).toEqual(before);
  });

  it('that is only tried changes nothing, on the disk or elsewhere', async () => {
    const disk = new SimulatedDisk();
    const { desk, announced } = arrangeDesk(disk);
    expect(await desk.act({ kind: 'stop' }, WHO, true)).toMatchObject({ stop: WHO });
    expect([desk.state.stop, disk.tree.size, announced.length]).toEqual([null, 0, 0]);
  });

  it('that gives something is refused where the disk refuses; one that takes it away holds, and says so', async () => {
    const { disk } = failingDisk(new SimulatedDisk(), { code: 'ENOSPC', at: 0, lasting: true, fails: () => true });
    const { desk, reported } = arrangeDesk(disk, arrangeDesk().desk.state);
    const refused = await desk.act(enable('rerank', {}), WHO);
    expect(refused).toMatchObject({ code: 'canary_unwritable' });
    expect(desk.state.experiments[0]!.phase).toBe('promoted');
    await desk.act({ kind: 'stop' }, WHO);
    expect(desk.board.settled!.assignments).toMatchObject([{ arm: 'control', reason: 'stopped' }]);
    expect(desk.unkept).toContain('ENOSPC');
    expect(reported.join()).toContain('canary_unkept');
  });
});

describe('a stop', () => {
  it('is in force before it is answered, for queries that wait, too, and canaries end in the workers', async () => {
    const { desk, arms } = await running();
    const given = desk.board.givenTo(somebody);
    const canary = arms.variants.find(({ name }) => name.startsWith('fusion'))!.name;
    expect(given.variants).toEqual([canary]);
    const control = arms.variants.find(({ name }) => name.startsWith('rerank:control'))!.name;
    const stopped = desk.act({ kind: 'stop' }, WHO);
    expect(desk.board.settled!.variants).toEqual([control]);
    expect(desk.board.amended(given.variants)).toEqual([control]);
    expect(arms.stopped).toContain(canary);
    await stopped;
  });

  it.each<Move>([{ kind: 'stop' }, { kind: 'disable', name: 'rerank' }, { kind: 'abort', name: 'rerank' }])(
    'ends what workers are on, though the canary is what is configured and has no name: %j',
    async (move) => {
      const { desk, arms } = arrangeDesk();
      await desk.start();
      for (const one of [enable('rerank', {}), { kind: 'promote', name: 'rerank' } as const]) {
        await desk.act(one, WHO);
        expect(arms.stops).toBe(0);
      }
      await desk.act(move, WHO);
      expect(arms.stops).toBe(1);
    },
  );

  it('wins over what was begun before it and is not done yet', async () => {
    const { desk, arms } = arrangeDesk();
    await desk.start();
    let open = (): void => {};
    arms.gate = new Promise((resolve) => {
      open = resolve;
    });
    const begun = desk.act(enable('fusion', fusion), WHO);
    await desk.act({ kind: 'stop' }, WHO);
    open();
    expect(await begun).toMatchObject({ code: 'canary_stopped' });
    await desk.settled();
    expect(arms.variants.map(({ name }) => name.split(':')[1])).toEqual(['control']);
  });

  it('that is cleared brings back what was, once workers have it again', async () => {
    const { desk, arms } = await running();
    await desk.act({ kind: 'stop' }, WHO);
    await desk.act({ kind: 'clear', to: 'restore' }, WHO);
    await desk.settled();
    expect(desk.board.givenTo(somebody).assignments.at(-1)).toMatchObject({ experiment: 'fusion', arm: 'canary' });
    expect(arms.stopped.size).toBe(0);
  });
});

/** A desk whose experiment `gone` has a control that workers lack. */
async function lacking(): Promise<Arranged> {
  const { state } = arrangeDesk().desk;
  const one = state.experiments[0]!;
  const definition = { ...one.definition, canary: fusion.canary, control: model.canary };
  const gone = { ...one, name: 'gone', phase: 'rolled_back' as const, definition };
  const arranged = arrangeDesk(new SimulatedDisk(), { ...state, experiments: [...state.experiments, gone] });
  await arranged.desk.start();
  return arranged;
}

describe('a control that cannot be had', () => {
  it('does not keep anybody from stopping, disabling and clearing', async () => {
    const { desk } = await lacking();
    for (const kind of ['stop', 'disable'] as const)
      expect(await desk.act({ kind, name: null }, WHO), kind).not.toBeInstanceOf(MoveRefused);
    expect(desk.board.settled!.assignments.map(({ arm }) => arm)).toEqual(['control', 'control']);
    expect(await desk.act({ kind: 'clear', to: 'restore' }, WHO)).not.toBeInstanceOf(MoveRefused);
    expect(await desk.act({ kind: 'forget', name: 'gone' }, WHO)).not.toBeInstanceOf(MoveRefused);
  });

  it('stands in the way of its own experiment, and of no other', async () => {
    const { desk, arms } = await lacking();
    expect(await desk.act(enable('gone', {}), WHO)).toMatchObject({ code: 'model_missing' });
    expect(
      await desk.act(enable('fusion', { canary: { ...NO_CHANGE, retrieval: { candidates: 50 } } }), WHO),
    ).not.toBeInstanceOf(MoveRefused);
    expect(arms.variants.map(({ name }) => name.split(':')[0])).toEqual(['rerank', 'fusion']);
  });
});

describe('a stop of another process', () => {
  it('does not wait for arms that are being opened', async () => {
    const { desk, arms } = await running();
    arms.gate = new Promise(() => {});
    void desk.act(enable('slow', { canary: { ...NO_CHANGE, retrieval: { candidates: 50 } } }), WHO);
    const heard = { progress: new Map(), rolledBack: new Map() };
    const act = { ...WHO, atMs: 5 };
    void desk.follow((state) => followed(state, { kind: 'stopped', act }, heard), 'stopped');
    await Promise.resolve();
    expect(desk.state.stop).toEqual(act);
  });

  it('that was cleared before this one found its state damaged says nothing of the damage', () => {
    const { desk } = arrangeDesk();
    const state = { ...desk.state, stop: { by: 'automatic', reason: 'damage', atMs: 10 } };
    const heard = { progress: new Map(), rolledBack: new Map() };
    const cleared = (atMs: number) => followed(state, { kind: 'cleared', act: { ...WHO, atMs } }, heard);
    expect(cleared(9)).toBeNull();
    expect(cleared(11)).toMatchObject({ stop: null });
  });
});

describe('what is found out', () => {
  it('by workers, that an arm is lost, rolls it back and is told', async () => {
    const { desk, arms, announced, reported } = await running();
    const { name } = arms.variants.find((one) => one.name.startsWith('fusion'))!;
    arms.lost(name, new EngineError('model_failed', 'It died'));
    expect(experimentOf(desk.state, 'fusion')).toMatchObject({ phase: 'rolled_back', last: { by: 'automatic' } });
    expect(announced.at(-1)).toMatchObject({ kind: 'rolled_back', name: 'fusion' });
    expect(reported.join()).toContain('It died');
  });

  it('by workers, that a control is lost, is not taken for there when it is begun again', async () => {
    const { desk, arms } = arrangeDesk();
    await desk.start();
    const control = { ...NO_CHANGE, retrieval: { candidates: 50 } };
    await desk.act(enable('fusion', { ...fusion, control }), WHO);
    arms.lost(
      arms.variants.find(({ name }) => name.startsWith('fusion:control'))!.name,
      new EngineError('index_unfit', ''),
    );
    let asked = 0;
    arms.setVariants = () => Promise.reject(new EngineError('index_unfit', String(++asked)));
    expect(await desk.act(enable('fusion', {}), WHO)).toMatchObject({ code: 'index_unfit' });
  });

  it('at the start, that an arm is not there any more, takes that one experiment back and no other', async () => {
    const disk = new SimulatedDisk();
    const first = arrangeDesk(disk);
    await first.desk.act(enable('fusion', fusion), WHO);
    const state = first.desk.state;
    const fusionNow = experimentOf(state, 'fusion')!;
    const lacking = { ...fusionNow, name: 'model', definition: { ...fusionNow.definition, ...model } };
    const { desk } = arrangeDesk(disk, { ...state, experiments: [...state.experiments, lacking] });
    await desk.start();
    expect(desk.state.experiments.map(({ name, phase }) => [name, phase])).toEqual([
      ['rerank', 'promoted'],
      ['fusion', 'running'],
      ['model', 'rolled_back'],
    ]);
  });
});

describe('two processes that tell each other', () => {
  /** What one announces, the other follows, in the order in which the test has it. */
  const tell = async (to: Arranged, ...notices: CanaryNotice[]): Promise<void> => {
    const heard = { progress: new Map(), rolledBack: new Map() };
    for (const notice of notices) await to.desk.follow((state) => followed(state, notice, heard), notice.kind);
  };

  it('are in one state, and nobody tells again what he heard', async () => {
    const [one, other] = [await running(), arrangeDesk()];
    await tell(other, ...one.announced);
    expect(other.desk.state.experiments).toEqual(one.desk.state.experiments);
    expect(other.announced).toEqual([]);
    await one.desk.act({ kind: 'stop' }, WHO);
    await tell(other, one.announced.at(-1)!);
    expect(other.desk.state.stop).toEqual(one.desk.state.stop);
  });

  it('agree that it is rolled back, though one of them took a step at the same time, in either order', async () => {
    const one = await running();
    await one.desk.act({ kind: 'rollout', name: 'fusion', to: 'steps' }, WHO);
    const begun = one.announced.slice();
    const other = arrangeDesk();
    await tell(other, ...begun);
    one.desk.progress('fusion', { phase: 'rolled_back' }, 'worse');
    other.desk.progress('fusion', { step: 5, percentage: 100 }, 'no worse');
    const [back, step] = [one.announced.at(-1)!, other.announced.at(-1)!];
    await tell(one, step);
    await tell(other, back);
    for (const { desk } of [one, other]) expect(experimentOf(desk.state, 'fusion')!.phase).toBe('rolled_back');
    const late = arrangeDesk();
    await tell(late, back, step, ...begun);
    expect(experimentOf(late.desk.state, 'fusion')!.phase).toBe('rolled_back');
  });

  it('leave a step behind that was taken before a person said something else', async () => {
    const one = await running();
    await one.desk.act({ kind: 'rollout', name: 'fusion', to: 'steps' }, WHO);
    const other = arrangeDesk();
    await tell(other, ...one.announced);
    other.desk.progress('fusion', { step: 5, percentage: 100 }, 'no worse');
    await one.desk.act({ kind: 'disable', name: 'fusion' }, WHO);
    await tell(one, other.announced.at(-1)!);
    expect(experimentOf(one.desk.state, 'fusion')!.phase).toBe('pending');
  });
});

it('a query that names no experiment is left as it is', () => {
  const { desk } = arrangeDesk();
  expect(desk.board.amended(request.variants)).toBe(request.variants);
});
