/** Two rankings in one list, against the algorithm as it was published, word by word. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coinOf, interleave, type Owner, outcomeOfClicks } from '../../../ops/canary/interleave.ts';
import { randomOf } from '../../../ops/capacity/random.ts';

const SEED = 20_261_128;
const idOf = (item: string): string => item;

const ranking = fc.uniqueArray(fc.constantFrom(...'abcdefghijkl'), { maxLength: 12 });
const tosses = fc.infiniteStream(fc.boolean());

/** Radlinski, Kurup & Joachims 2008, algorithm 2, by the sizes of the teams; begins where the rankings differ. */
function published(a: readonly string[], b: readonly string[], coin: () => boolean): [string, Owner][] {
  const list: [string, Owner][] = [];
  const has = (item: string): boolean => list.some(([one]) => one === item);
  while (list.length < Math.min(a.length, b.length) && a[list.length] === b[list.length])
    list.push([a[list.length]!, 'both']);
  const size = (team: Owner): number => list.filter(([, owner]) => owner === team).length;
  while (a.some((item) => !has(item)) && b.some((item) => !has(item))) {
    const first = size('A') === size('B') ? coin() : size('A') < size('B');
    list.push(first ? [a.find((item) => !has(item))!, 'A'] : [b.find((item) => !has(item))!, 'B']);
  }
  for (const item of [...a, ...b]) if (!has(item)) list.push([item, 'none']);
  return list;
}

describe('interleaving', () => {
  it('is the published algorithm, cut to the page', () => {
    fc.assert(
      fc.property(ranking, ranking, tosses, fc.nat(14), (a, b, stream, depth) => {
        const made = [...stream.take(20)];
        const coins = (): (() => boolean) => {
          let at = 0;
          return () => made[at++]!;
        };
        const list = interleave(a, b, { idOf, depth, coin: coins() });
        expect(list.map(({ item, owner }) => [item, owner])).toEqual(published(a, b, coins()).slice(0, depth));
      }),
    );
  });

  it('has every item of both once, and teams that differ by one at most, after every place', () => {
    fc.assert(
      fc.property(ranking, ranking, fc.string(), (a, b, seed) => {
        const list = interleave(a, b, { idOf, depth: 100, coin: coinOf(seed) });
        expect(list.map(({ item }) => item).sort()).toEqual([...new Set([...a, ...b])].sort());
        let lead = 0;
        for (const { owner } of list) {
          if (owner === 'A') lead += 1;
          if (owner === 'B') lead -= 1;
          expect(Math.abs(lead)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('keeps the order of each team’s own ranking', () => {
    fc.assert(
      fc.property(ranking, ranking, fc.string(), (a, b, seed) => {
        const list = interleave(a, b, { idOf, depth: 100, coin: coinOf(seed) });
        for (const [team, own] of [
          ['A', a],
          ['B', b],
        ] as const) {
          const places = list.filter(({ owner }) => owner === team).map(({ item }) => own.indexOf(item));
          expect(places).toEqual([...places].sort((one, other) => one - other));
        }
      }),
    );
  });

  it('does to A with a coin what it does to B with the other side of it', () => {
    fc.assert(
      fc.property(ranking, ranking, fc.string(), (a, b, seed) => {
        const other: Record<Owner, Owner> = { A: 'B', B: 'A', both: 'both', none: 'none' };
        const coin = coinOf(seed);
        const turned = interleave(b, a, { idOf, depth: 8, coin: () => !coin() });
        const straight = interleave(a, b, { idOf, depth: 8, coin: coinOf(seed) });
        // What is nobody's comes after both teams are done: there the order of the names decides nothing, one of the two is empty.
        expect(turned.map(({ item, owner }) => [item, other[owner]])).toEqual(
          straight.map(({ item, owner }) => [item, owner]),
        );
      }),
    );
  });

  it('gives random clicks to both teams alike', () => {
    const random = randomOf(SEED);
    const won = { A: 0, B: 0, tie: 0, none: 0 };
    const [a, b] = ['abcdef', 'bcdefa'].map((text) => text.split('')) as [string[], string[]];
    for (let at = 0; at < 20_000; at++) {
      const list = interleave(a, b, { idOf, depth: 5, coin: coinOf(`${SEED}.${at}`) });
      won[
        outcomeOfClicks(
          list.map(({ owner }) => owner),
          [random.below(5)],
        )
      ] += 1;
    }
    // Three standard deviations of 20 000 tosses.
    expect(Math.abs(won.A - won.B), `seed ${SEED}`).toBeLessThan(3 * Math.sqrt(20_000));
    expect(won.A + won.B).toBe(20_000);
  });
});

describe('a coin', () => {
  it('falls the same way for the same seed, and either way as often', () => {
    const fall = (seed: string, times: number): boolean[] => Array.from({ length: times }, coinOf(seed));
    expect(fall('x', 600)).toEqual(fall('x', 600));
    expect(fall('x', 64)).not.toEqual(fall('y', 64));
    const heads = fall(`${SEED}`, 40_000).filter((side) => side).length;
    expect(Math.abs(heads - 20_000), `seed ${SEED}`).toBeLessThan(3 * 100);
    // Beyond the first hash it goes on with another.
    expect(fall('x', 512).slice(256)).not.toEqual(fall('x', 256));
  });
});

describe('what clicks say', () => {
  const owners: Owner[] = ['both', 'A', 'B', 'A', 'none'];
  it.each([
    [[], 'none'],
    [[9], 'none'],
    [[0], 'tie'],
    [[4], 'tie'],
    [[1], 'A'],
    [[1, 3, 1, 0], 'A'],
    [[2, 0], 'B'],
    [[1, 3, 2], 'tie'],
  ] as const)('%j: %s', (clicked, outcome) => {
    expect(outcomeOfClicks(owners, clicked)).toBe(outcome);
  });
});
