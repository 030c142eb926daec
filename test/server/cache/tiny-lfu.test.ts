import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TinyLfu } from '../../../server/cache/tiny-lfu.ts';
import { ReferenceTinyLfu } from './reference-tiny-lfu.ts';

const bounds = fc.record({ entriesMax: fc.integer({ min: 1, max: 120 }), bytesMax: fc.integer({ min: 1, max: 2000 }) });
const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        act: fc.constant('ask' as const),
        thing: fc.nat(150),
        bytes: fc.integer({ min: 1, max: 60 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        act: fc.constant('ask' as const),
        thing: fc.nat(150),
        bytes: fc.integer({ min: 1, max: 3000 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ act: fc.constant('drop' as const), thing: fc.nat(150), bytes: fc.constant(0) }),
    },
  ),
  { maxLength: 400 },
);

it('holds exactly what the obvious implementation holds, and never more than it may, whatever is asked', () => {
  fc.assert(
    fc.property(bounds, steps, (most, asked) => {
      const cache = new TinyLfu<number>({ ...most, seed: 3 });
      const reference = new ReferenceTinyLfu(most.entriesMax, most.bytesMax, 3);
      const sizes = new Map<string, number>();
      for (const { act, thing, bytes } of asked) {
        const key = `thing ${thing}`;
        if (act === 'drop') {
          cache.delete(key);
          reference.delete(key);
        } else {
          const hit = cache.get(key);
          expect(hit !== undefined).toBe(reference.get(key));
          if (hit !== undefined) expect(hit.value).toBe(sizes.get(key));
          else {
            sizes.set(key, bytes);
            const kept = cache.set(key, bytes, bytes);
            reference.set(key, bytes);
            expect(kept !== null).toBe(reference.keys.includes(key));
          }
        }
        expect(cache.entries).toBeLessThanOrEqual(most.entriesMax);
        expect(cache.bytes).toBeLessThanOrEqual(most.bytesMax);
        const keys = [...cache.values()].map((kept) => kept.key).sort();
        expect(keys).toEqual(reference.keys);
        expect(cache.bytes).toBe(keys.reduce((sum, one) => sum + sizes.get(one)!, 0));
      }
    }),
  );
});

it('a scan of things that never come again leaves what is asked for often', () => {
  const cache = new TinyLfu<null>({ entriesMax: 100, bytesMax: 1e6, seed: 1 });
  const ask = (key: string): boolean => {
    if (cache.get(key) !== undefined) return true;
    cache.set(key, null, 10);
    return false;
  };
  const hot = Array.from({ length: 80 }, (_, n) => `hot ${n}`);
  for (let round = 0; round < 6; round++) for (const key of hot) ask(key);
  for (let n = 0; n < 300; n++) ask(`scanned ${n}`);
  expect(hot.filter((key) => ask(key)).length).toBeGreaterThanOrEqual(79);
});

it('what becomes popular gets in, and pushes out what is no longer asked for', () => {
  const cache = new TinyLfu<null>({ entriesMax: 50, bytesMax: 1e6, seed: 1 });
  const ask = (key: string): boolean => cache.get(key) !== undefined || cache.set(key, null, 10) === null;
  for (let round = 0; round < 20; round++) for (let n = 0; n < 40; n++) ask(`yesterday ${n}`);
  for (let round = 0; round < 60; round++) for (let n = 0; n < 40; n++) ask(`today ${n}`);
  const left = [...cache.values()].filter(({ key }) => key.startsWith('today'));
  expect(left.length).toBeGreaterThanOrEqual(39);
});

it('a place that was left says so to whoever still holds it', () => {
  const cache = new TinyLfu<string>({ entriesMax: 10, bytesMax: 1000, seed: 1 });
  const kept = cache.set('a', 'one', 5)!;
  const again = cache.set('a', 'two', 5)!;
  expect([kept.value, again.value]).toEqual([null, 'two']);
  cache.clear();
  expect([again.value, cache.entries, cache.bytes]).toEqual([null, 0, 0]);
});
