import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseAddress } from '../../../server/limits/address.ts';
import { BLOCKS_MAX, BlockList } from '../../../server/limits/block-list.ts';
import { contains, type Network, parseNetwork } from '../../../server/limits/network.ts';
import { runs } from '../../support/runs.ts';
import { FakeClock } from './support.ts';

const terms = (network: Network, seconds: number, by: 'operator' | 'automatic' = 'operator') => ({
  network,
  seconds,
  reason: '',
  by,
});

it('an address is kept out exactly while a range that holds it is blocked', () => {
  const bits = fc.constantFrom(16, 23, 24, 31, 32);
  const network = fc
    .tuple(fc.nat(1), fc.nat(2), bits)
    .map(([b, c, prefix]) => parseNetwork(`203.${b}.${c}.1/${prefix}`)!);
  const step = fc.record({
    network,
    act: fc.constantFrom('add', 'add', 'remove', 'wait'),
    seconds: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = new FakeClock();
      const list = new BlockList(clock);
      let model: { network: Network; endUs: number }[] = [];
      const without = (gone: Network) =>
        model.filter(({ network: one }) => JSON.stringify(one) !== JSON.stringify(gone));
      for (const { network: one, act, seconds } of steps) {
        if (act === 'wait') clock.passS(seconds);
        else model = without(one);
        if (act === 'add') {
          list.add(terms(one, seconds));
          model.push({ network: one, endUs: clock.nowUs() + seconds * 1e6 });
        } else if (act === 'remove') list.remove(one);
        model = model.filter(({ endUs }) => endUs > clock.nowUs());
        expect(list.size).toBe(model.length);
        for (const text of ['203.0.0.1', '203.0.1.0', '203.0.2.1', '203.1.0.9', '203.2.0.1']) {
          const address = parseAddress(text)!;
          expect(list.covering(address) !== null).toBe(model.some(({ network: range }) => contains(range, address)));
        }
      }
    }),
    runs(60),
  );
});

it('has an end: automatic blocks stop there, and make way for those of the operator', () => {
  const list = new BlockList(new FakeClock());
  const nth = (at: number): Network => parseNetwork(`198.${at >> 16}.${(at >> 8) & 255}.${at & 255}`)!;
  for (let at = 0; at < BLOCKS_MAX; at++)
    expect(list.add(terms(nth(at), 60, at === 5 ? 'automatic' : 'operator'))).toBe(true);
  expect(list.add(terms(nth(BLOCKS_MAX), 60, 'automatic'))).toBe(false);
  expect(list.add(terms(nth(BLOCKS_MAX), 60))).toBe(true);
  expect([list.size, list.covering(parseAddress('198.0.0.5')!)]).toEqual([BLOCKS_MAX, null]);
  expect(list.add(terms(nth(BLOCKS_MAX + 1), 60))).toBe(false);
  expect(list.add(terms(nth(7), 90))).toBe(true);
});
