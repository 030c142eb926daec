import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LexicalLeg } from '../../../engine/delta/lexical-leg.ts';
import { LiveStatistics } from '../../../engine/delta/statistics.ts';
import { Superseded } from '../../../engine/delta/superseded.ts';
import { SegmentTerms } from '../../../engine/delta/terms.ts';
import { LexicalWriter, loadLexical, openLexical } from '../../../engine/lexical/index.ts';
import { referenceScores, referenceTop } from '../../support/reference-bm25.ts';
import { runs } from '../../support/runs.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';

const freshFolder = temporaryFolders();
const BM25 = { k1: 1.2, b: 0.75 };

function legOver(own: readonly string[][], changed: readonly string[][], dead: ReadonlySet<number>) {
  const path = join(freshFolder(), 'lexical.bin');
  const writer = new LexicalWriter(BM25);
  for (const terms of own) writer.add(terms);
  writer.finish().write(path);
  const lexical = openLexical(loadLexical(path, { workersMax: 1 }), 0);
  const superseded = new Superseded(lexical);
  for (const id of dead) superseded.bury(id, own[id]!);
  const segment = new SegmentTerms();
  for (const [passage, terms] of changed.entries()) segment.add(passage, terms);
  const leg = new LexicalLeg({ lexical, segment, statistics: new LiveStatistics(lexical, superseded, segment) });
  return { leg, superseded };
}

/** Some of two words and much else: short with one beats long with three, or not, by the average length. */
const document = fc
  .record({ tea: fc.nat(4), pot: fc.nat(2), other: fc.nat(60) })
  .map(({ tea, pot, other }) => [
    ...Array<string>(tea).fill('tea'),
    ...Array<string>(pot).fill('pot'),
    ...Array<string>(other).fill('other'),
  ]);
const cases = fc.record({
  own: fc.array(document, { minLength: 1, maxLength: 60 }),
  dead: fc.array(fc.nat(59), { maxLength: 10 }),
  changed: fc.array(document, { maxLength: 4 }),
  /** Words of a long document without any of the query's, which moves the average. */
  long: fc.nat(3000),
  weight: fc.constantFrom(0.3, 1, 2.5),
  k: fc.integer({ min: 1, max: 5 }),
});

it('the best by the statistics of both are found, though the index ranks by its own', () => {
  fc.assert(
    fc.property(cases, ({ own, dead, changed, long, weight, k }) => {
      const buried = new Set(dead.filter((id) => id < own.length));
      const added = [...changed, Array<string>(long).fill('long')];
      const { leg, superseded } = legOver(own, added, buried);
      const terms = [
        { term: 'tea', weight: 1 },
        { term: 'pot', weight },
        { term: 'unheard', weight: 1 },
      ];
      const living = [...own, ...added].flatMap((words, id) => (buried.has(id) ? [] : [{ id, words }]));
      const scores = referenceScores(
        living.map(({ words }) => words),
        new Map(terms.map((each) => [each.term, each.weight])),
        BM25.k1,
        BM25.b,
      );
      const expected = referenceTop(scores, k, () => true);
      const found = leg.search(terms, k, superseded.mask(null), () => true);
      expect([...found.scores]).toEqual(expected.map((at) => scores[at]));
      expect([...found.ids]).toEqual(expected.map((at) => living[at]!.id));
      expect([
        ...leg.score(
          terms,
          Uint32Array.from(living, ({ id }) => id),
        ),
      ]).toEqual(scores);
    }),
    runs(80),
  );
});

it('passages that the index ranks behind many others come first where the new average length says so', () => {
  const short = Array.from({ length: 40 }, () => ['tea']);
  const long = Array.from({ length: 40 }, () => ['tea', 'tea', ...Array<string>(40).fill('other')]);
  const terms = [{ term: 'tea', weight: 1 }];
  const alone = legOver([...short, ...long], [], new Set()).leg;
  expect([...alone.search(terms, 2, null, () => true).ids]).toEqual([0, 1]);
  const { leg } = legOver([...short, ...long], [Array<string>(100_000).fill('long')], new Set());
  expect([...leg.search(terms, 2, null, () => true).ids]).toEqual([40, 41]);
});
