import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrequencySketch } from '../../../server/cache/frequency-sketch.ts';
import { mix, textHash } from '../../../server/cache/text-hash.ts';

const accesses = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 300 });

it('never tells less than the true count, up to where it ends', () => {
  fc.assert(
    fc.property(accesses, (things) => {
      const sketch = new FrequencySketch(100);
      const counts = new Map<number, number>();
      for (const thing of things) {
        sketch.add(mix(thing));
        counts.set(thing, (counts.get(thing) ?? 0) + 1);
      }
      for (const [thing, count] of counts)
        expect(sketch.estimate(mix(thing))).toBeGreaterThanOrEqual(Math.min(count, 16));
    }),
  );
});

it('hardly ever tells more: of a thousand things seen once, fewer than one in a hundred seem to have come twice', () => {
  const sketch = new FrequencySketch(1000);
  for (let n = 0; n < 1000; n++) sketch.add(textHash(`query ${n}`, 7));
  let above = 0;
  for (let n = 0; n < 1000; n++) if (sketch.estimate(textHash(`query ${n}`, 7)) > 1) above += 1;
  expect(above).toBeLessThan(10);
});

it('what was popular fades: a sample later it counts half, and what came once is forgotten', () => {
  const sketch = new FrequencySketch(100);
  for (let n = 0; n < 16; n++) sketch.add(mix(1));
  sketch.add(mix(2));
  expect([sketch.estimate(mix(1)), sketch.estimate(mix(2))]).toEqual([16, 1]);
  for (let n = 17; n < sketch.sample; n++) sketch.add(mix(3));
  expect([sketch.estimate(mix(1)), sketch.estimate(mix(2))]).toEqual([7, 0]);
});

it('other seeds give other hashes, so that nobody can choose texts that collide', () => {
  const texts = Array.from({ length: 100 }, (_, n) => `text ${n}`);
  const one = texts.map((text) => textHash(text, 1));
  expect(texts.map((text) => textHash(text, 1))).toEqual(one);
  expect(texts.filter((text, at) => textHash(text, 2) === one[at])).toEqual([]);
});
