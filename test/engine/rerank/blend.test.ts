import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blend } from '../../../engine/rerank/index.ts';

const eighths = fc.integer({ min: -80, max: 80 }).map((n) => n / 8);
const lists = fc
  .array(eighths, { maxLength: 30 })
  .map((scores) => scores.sort((a, b) => b - a).map((score, id) => ({ id: id * 3, score })));
const cases = lists.chain((ranked) =>
  fc.record({
    ranked: fc.constant(ranked),
    logits: fc.array(eighths, { maxLength: ranked.length }),
    weight: fc.integer({ min: 0, max: 10 }).map((n) => n / 10),
  }),
);

const meanAndDeviation = (values: readonly number[]): [number, number] => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1];
};

describe('the blend of first stage and cross-encoder', () => {
  it('is the weighted sum of both, standardised over the reranked head', () => {
    const ranked = [4, 3, 2].map((score, id) => ({ id, score }));
    const blended = blend(ranked, [-1, 1, 3], 0.75);
    const z = Math.sqrt(3 / 2);
    expect(blended.map(({ item }) => item.id)).toEqual([2, 1, 0]);
    expect(blended.map(({ score }) => score)).toEqual([0.5, 0, -0.5].map((part) => expect.closeTo(part * z, 9)));
    expect(blended[0]).toMatchObject({ rerank: 3, rerankZ: expect.closeTo(z, 9), firstStageZ: expect.closeTo(-z, 9) });
  });

  it('agrees with the definition on any list, loses nothing, and keeps the tail in order', () => {
    fc.assert(
      fc.property(cases, ({ ranked, logits, weight }) => {
        const blended = blend(ranked, logits, weight);
        const head = ranked.slice(0, logits.length);
        const [firstMean, firstDeviation] = meanAndDeviation(head.map(({ score }) => score));
        const [logitMean, logitDeviation] = meanAndDeviation(logits);
        for (const { item, score, rerank } of blended.slice(0, logits.length)) {
          const at = head.indexOf(item);
          expect(rerank).toBe(logits[at]);
          const expected =
            (weight * (logits[at]! - logitMean)) / logitDeviation +
            ((1 - weight) * (item.score - firstMean)) / firstDeviation;
          expect(score).toBeCloseTo(expected, 9);
        }
        expect(new Set(blended.slice(0, logits.length).map(({ item }) => item))).toEqual(new Set(head));
        const tail = blended.slice(logits.length);
        expect(tail.map(({ item }) => item)).toEqual(ranked.slice(logits.length));
        expect(
          tail.every(({ rerank, firstStageZ, rerankZ }) => rerank === null && firstStageZ === null && rerankZ === null),
        ).toBe(true);
      }),
    );
  });

  it('gives scores that never rise along the list, equal ones by lower id', () => {
    fc.assert(
      fc.property(cases, ({ ranked, logits, weight }) => {
        const blended = blend(ranked, logits, weight);
        for (let at = 1; at < blended.length; at++) {
          const [before, after] = [blended[at - 1]!, blended[at]!];
          expect(before.score).toBeGreaterThanOrEqual(after.score);
          if (at < logits.length && before.score === after.score) expect(before.item.id).toBeLessThan(after.item.id);
        }
      }),
    );
  });

  it('leaves the list and its scores as they were where nothing was reranked', () => {
    fc.assert(
      fc.property(lists, (ranked) => {
        const blended = blend(ranked, [], 0.5);
        expect(blended.map(({ item, score }) => [item, score])).toEqual(ranked.map((item) => [item, item.score]));
      }),
    );
  });

  it('keeps the order of the first stage where the cross-encoder finds all equal, or has one to judge', () => {
    const ranked = [0.9, 0.4, 0.1].map((score, id) => ({ id, score }));
    expect(blend(ranked, [0.1, 0.1, 0.1], 1).map(({ item, score }) => [item.id, score])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
    const one = blend(ranked, [-7.3], 0.5);
    expect(one.map(({ item }) => item.id)).toEqual([0, 1, 2]);
    expect(one.map(({ score }) => score)).toEqual([0, expect.closeTo(-0.5), expect.closeTo(-0.8)]);
    expect(one[0]).toMatchObject({ rerank: -7.3, rerankZ: 0, firstStageZ: 0 });
  });
});
