/** In which order does one index take the place of another, and what is left when that fails? */
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { CurrentWatch } from '../../../server/index-admin/watch-current.ts';
import { READY } from '../pool/fake-crew.ts';
import { arrangeSwap } from './fake-swap.ts';

const DONE = [
  ...['leases B', 'loads B', 'opens B', 'goes over to B', 'index_swapped'],
  ...['lets go of A', 'A released', 'gives back A'],
];
const UNFIT = {
  ...READY,
  embedder: { state: 'unavailable', name: 'e', code: 'model_missing', detail: 'other model' },
} as const;

describe('a swap', () => {
  it('leases, loads, opens, goes over, and lets go of the old one only after its last query', async () => {
    const { swap, log, gates, kept } = arrangeSwap();
    const asked = swap.swap('B');
    expect([swap.serving, swap.underway?.phase]).toEqual(['A', 'loading']);
    await gates.load.open(kept('B'));
    expect([swap.serving, swap.underway?.phase]).toEqual(['A', 'opening']);
    await gates.open.open(READY);
    expect(await asked).toMatchObject({ kind: 'swapped', done: { from: 'A', to: 'B' }, models: READY });
    expect([swap.serving, swap.underway?.phase]).toEqual(['B', 'leaving']);
    expect(log).toEqual(DONE.slice(0, 5));
    await gates.empty.open();
    await swap.settled();
    expect([log, swap.underway]).toEqual([DONE, null]);
  });

  it('gives the lease of the new one back at the end', async () => {
    const { swap, log, gates, kept } = arrangeSwap();
    const asked = swap.swap('B');
    await gates.load.open(kept('B'));
    await gates.open.open(READY);
    await gates.empty.open();
    await asked;
    await swap.settled();
    swap.close();
    expect(log).toEqual([...DONE, 'gives back B']);
  });

  it('to what serves is none', async () => {
    const { swap, log } = arrangeSwap();
    expect(await swap.swap('A')).toEqual({ kind: 'serving', generation: 'A' });
    expect(log).toEqual([]);
  });

  it('that cannot load leaves the old one serving, says why, and may be tried again', async () => {
    const { swap, log, gates, again, kept } = arrangeSwap();
    const asked = swap.swap('B');
    await gates.load.fail(new EngineError('index_damaged', 'Bytes are wrong'));
    expect(await asked).toEqual({ kind: 'refused', code: 'index_damaged', detail: 'Bytes are wrong' });
    expect([swap.serving, swap.underway, swap.failed]).toMatchObject([
      'A',
      null,
      { generation: 'B', code: 'index_damaged' },
    ]);
    expect(log).toEqual([
      ...['leases B', 'loads B', 'gives back B'],
      'index_swap_failed: A goes on serving: Bytes are wrong',
    ]);
    again();
    const second = swap.swap('B');
    await gates.load.open(kept('B'));
    await gates.open.open(READY);
    expect(await second).toMatchObject({ kind: 'swapped' });
    expect(swap.failed).toBeNull();
  });

  it('that no worker can open is over, and what went wrong inside is told', async () => {
    const { swap, log, gates, kept } = arrangeSwap();
    const asked = swap.swap('B');
    await gates.load.open(kept('B'));
    await gates.open.fail(new Error('EMFILE'));
    expect(await asked).toEqual({ kind: 'refused', code: 'internal', detail: 'EMFILE' });
    expect([swap.serving, log.at(-2)]).toEqual(['A', 'gives back B']);
  });

  it('that would take a model away is refused, and what was opened is let go of', async () => {
    const { swap, log, gates, kept } = arrangeSwap();
    const asked = swap.swap('B');
    await gates.load.open(kept('B'));
    await gates.open.open(UNFIT);
    expect(await asked).toMatchObject({
      kind: 'refused',
      code: 'index_unfit',
      detail: 'Cannot serve index: other model',
    });
    expect([swap.serving, swap.models]).toEqual(['A', READY]);
    expect(log.slice(3, 6)).toEqual(['lets go of B', 'B released', 'gives back B']);
  });

  it('may go over to an index without a model that took no part before either', async () => {
    const { swap, gates, kept } = arrangeSwap(UNFIT);
    const asked = swap.swap('B');
    await gates.load.open(kept('B'));
    await gates.open.open(UNFIT);
    expect(await asked).toMatchObject({ kind: 'swapped' });
  });

  it('to the same one is joined, to another one is refused until the old one is gone', async () => {
    const { swap, log, gates, again, kept } = arrangeSwap();
    const first = swap.swap('B');
    const same = swap.swap('B');
    expect(await swap.swap('C')).toMatchObject({ kind: 'refused', code: 'index_swapping' });
    await gates.load.open(kept('B'));
    await gates.open.open(READY);
    expect(await same).toBe(await first);
    expect(await swap.swap('B')).toEqual({ kind: 'serving', generation: 'B' });
    expect(await swap.swap('C')).toEqual({
      kind: 'refused',
      code: 'index_swapping',
      detail: 'Queries are still on A: ask again',
    });
    await gates.empty.open();
    await swap.settled();
    again();
    const third = swap.swap('C');
    await gates.load.open(kept('C'));
    await gates.open.open(READY);
    expect(await third).toMatchObject({ kind: 'swapped', done: { from: 'B', to: 'C' } });
    expect(log.filter((line) => line.startsWith('loads'))).toEqual(['loads B', 'loads C']);
  });
});

describe('who watches CURRENT', () => {
  it('begins when it names another, and not while one is under way', async () => {
    const { swap, log, gates, disk, kept } = arrangeSwap();
    const watch = new CurrentWatch(swap);
    await watch.look();
    expect(log).toEqual([]);
    disk.current = 'B';
    const looked = watch.look();
    await watch.look();
    await gates.load.open(kept('B'));
    await gates.open.open(READY);
    await looked;
    disk.current = 'C';
    await watch.look();
    expect([swap.serving, log.filter((line) => line.startsWith('loads'))]).toEqual(['B', ['loads B']]);
  });

  it('does not try again what failed until it names another', async () => {
    const { swap, log, gates, disk, again } = arrangeSwap();
    const watch = new CurrentWatch(swap);
    disk.current = 'B';
    const looked = watch.look();
    await gates.load.fail(new EngineError('index_damaged', 'Bytes are wrong'));
    await looked;
    await watch.look();
    disk.current = null;
    await watch.look();
    expect(log.filter((line) => line.startsWith('loads'))).toEqual(['loads B']);
    again();
    disk.current = 'C';
    void watch.look();
    expect(log.at(-1)).toBe('loads C');
  });

  it('does not undo what an operator did', async () => {
    const { swap, log, gates, disk, kept } = arrangeSwap();
    const watch = new CurrentWatch(swap);
    disk.pointing = new Error('EROFS');
    const asked = swap.swap('B');
    await gates.load.open(kept('B'));
    await gates.open.open(READY);
    await asked;
    await gates.empty.open();
    await swap.settled();
    await watch.look();
    expect([swap.serving, log.filter((line) => line.startsWith('loads'))]).toEqual(['B', ['loads B']]);
  });
});
