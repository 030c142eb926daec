import fc from 'fast-check';
import { expect, it } from 'vitest';
import { beladyHits, hitShares } from '../../../bench/cache/policies.ts';

/** The most hits that any choice could have: every choice is tried. */
function mostHits(queries: readonly string[], entriesMax: number, kept: readonly string[] = []): number {
  const [query, ...rest] = queries;
  if (query === undefined) return 0;
  if (kept.includes(query)) return 1 + mostHits(rest, entriesMax, kept);
  const all = [...kept, query];
  if (all.length <= entriesMax) return mostHits(rest, entriesMax, all);
  return Math.max(
    ...all.map((victim) =>
      mostHits(
        rest,
        entriesMax,
        all.filter((one) => one !== victim),
      ),
    ),
  );
}

const queries = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 9 });

it('Bélády has as many hits as the best of all choices', () => {
  fc.assert(
    fc.property(queries, fc.integer({ min: 1, max: 3 }), (asked, entriesMax) => {
      expect(beladyHits(asked, entriesMax)).toBe(mostHits(asked, entriesMax));
    }),
  );
});

it('no policy has more than Bélády', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(30).map(String), { minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: 20 }),
      (asked, most) => {
        const shares = hitShares(asked, most);
        expect(shares['W-TinyLFU']).toBeLessThanOrEqual(shares.Bélády);
        expect(shares.LRU).toBeLessThanOrEqual(shares.Bélády);
      },
    ),
  );
});
