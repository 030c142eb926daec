import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ULID, Ulids, ulidTimeMs } from '../../../ops/incidents/record/ulid.ts';

const fixed = (byte: number) => (bytes: number) => new Uint8Array(bytes).fill(byte);

it('sorts by the order in which ids were made, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2 ** 41), { maxLength: 50 }), (clock) => {
      const ulids = new Ulids(fixed(7));
      const ids = clock.map((ms) => ulids.next(ms));
      expect(ids.toSorted()).toEqual(ids);
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of ids) expect(id).toMatch(ULID);
    }),
  );
});

it('holds the millisecond it was made in', () => {
  const ulids = new Ulids(fixed(1));
  expect(ulidTimeMs(ulids.next(1_767_582_000_123))).toBe(1_767_582_000_123);
  // The example of the specification.
  expect(ulidTimeMs('01ARYZ6S41TSV4RRFFQ69G5FAV')).toBe(1_469_918_176_385);
  expect(
    new Ulids(() => new Uint8Array([0xd6, 0x76, 0x4c, 0x61, 0xef, 0xb9, 0x93, 0x02, 0xbd, 0x5b])).next(
      1_469_918_176_385,
    ),
  ).toBe('01ARYZ6S41TSV4RRFFQ69G5FAV');
});

it('goes on behind an id that another process made, also in the same millisecond or before it', () => {
  const other = new Ulids(fixed(255)).next(5000);
  for (const ms of [4000, 5000, 6000]) {
    const ulids = new Ulids(fixed(0));
    ulids.follow(other);
    expect(ulids.next(ms) > other).toBe(true);
  }
});
