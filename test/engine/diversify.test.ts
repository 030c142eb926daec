import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collapseBy, diversify } from '../../engine/diversify.ts';

interface Item {
  readonly id: number;
  readonly score: number;
  readonly topic: readonly [number, number];
}

const likeness = (a: Item, b: Item): number =>
  1 / (1 + (a.topic[0] - b.topic[0]) ** 2 + (a.topic[1] - b.topic[1]) ** 2);
const coordinate = fc.integer({ min: 0, max: 6 });
const lists = fc
  .array(fc.record({ score: fc.integer({ min: -20, max: 20 }), topic: fc.tuple(coordinate, coordinate) }), {
    maxLength: 25,
  })
  .map((list) => list.sort((a, b) => b.score - a.score).map((one, id): Item => ({ id, ...one })));
const settings = fc.record({
  lambda: fc.integer({ min: 0, max: 20 }).map((n) => n / 20),
  depth: fc.integer({ min: 2, max: 30 }),
});

/** The definition, with every maximum taken anew: worth of each rest, given the chosen. */
function worths(rest: readonly Item[], chosen: readonly Item[], head: readonly Item[], lambda: number): number[] {
  const scores = head.map(({ score }) => score);
  const low = Math.min(...scores);
  const span = Math.max(...scores) - low;
  return rest.map((item) => {
    const relevance = span === 0 ? 1 : (item.score - low) / span;
    return lambda * relevance - (1 - lambda) * Math.max(0, ...chosen.map((other) => likeness(item, other)));
  });
}

describe('maximal marginal relevance', () => {
  it('chooses each time what the definition chooses', () => {
    fc.assert(
      fc.property(lists, settings, (ranked, { lambda, depth }) => {
        const result = diversify(ranked, { lambda, depth }, likeness);
        const head = ranked.slice(0, depth);
        const rest = [...head];
        for (const [at, chosen] of result.slice(0, head.length).entries()) {
          const all = worths(rest, result.slice(0, at), head, lambda);
          expect(all[rest.indexOf(chosen)]).toBeCloseTo(Math.max(...all), 9);
          rest.splice(rest.indexOf(chosen), 1);
        }
      }),
    );
  });

  it('loses and invents nothing, and leaves what lies deeper as it was', () => {
    fc.assert(
      fc.property(lists, settings, (ranked, { lambda, depth }) => {
        const result = diversify(ranked, { lambda, depth }, likeness);
        expect(result.map(({ id }) => id).sort((a, b) => a - b)).toEqual(ranked.map(({ id }) => id));
        expect(result.slice(depth)).toEqual(ranked.slice(depth));
        expect(result[0]).toBe(ranked[0]);
      }),
    );
  });

  it('changes nothing where only relevance counts, or nothing is alike', () => {
    fc.assert(
      fc.property(lists, settings, (ranked, { lambda, depth }) => {
        expect(diversify(ranked, { lambda: 1, depth }, likeness)).toEqual(ranked);
        expect(diversify(ranked, { lambda: Math.max(lambda, 0.05), depth }, () => 0)).toEqual(ranked);
      }),
    );
  });

  it('lets another topic pass a near copy of the best', () => {
    const ranked: Item[] = [
      { id: 0, score: 10, topic: [0, 0] },
      { id: 1, score: 9, topic: [0, 0] },
      { id: 2, score: 8, topic: [6, 6] },
      { id: 3, score: 0, topic: [3, 3] },
    ];
    expect(diversify(ranked, { lambda: 0.7, depth: 4 }, likeness).map(({ id }) => id)).toEqual([0, 2, 1, 3]);
  });
});

describe('collapsing', () => {
  it('keeps the first of each group, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { maxLength: 40 }), (groups) => {
        const kept = collapseBy([...groups.keys()], (at) => groups[at]!);
        expect(kept).toEqual([...groups.keys()].filter((at) => groups.indexOf(groups[at]!) === at));
      }),
    );
  });
});
