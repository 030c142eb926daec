/** Connections by address: against a list of all that are open, which the census does not have. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Census } from '../../../server/connections/census.ts';
import { type Address, parseAddress, parseNetworks } from '../../../server/limits/index.ts';
import { runs } from '../../support/runs.ts';

const clockAt = (state: { us: number }) => ({ nowUs: () => state.us, wallMs: () => 0 });
const PER_ADDRESS = 3;
const TOTAL = 16;

/** A door with everyone who stands behind it, as the kernel would list them. */
function door({ told = true, perAddressMax = PER_ADDRESS, totalMax = TOTAL } = {}) {
  const time = { us: 0 };
  const inside: string[] = [];
  let recounts = 0;
  const census = new Census({
    totalMax,
    perAddressMax,
    exempt: parseNetworks('127.0.0.0/8'),
    clock: clockAt(time),
    recount: () => {
      recounts += 1;
      return told ? inside.map((address) => parseAddress(address) as Address) : null;
    },
  });
  const enter = (address: string): boolean => {
    inside.push(address);
    if (census.comes(address)) return true;
    inside.pop();
    census.went();
    return false;
  };
  const leave = (address: string): void => {
    inside.splice(inside.indexOf(address), 1);
    census.went();
  };
  return { time, inside, census, enter, leave, recounts: () => recounts };
}

describe('where all come from', () => {
  it('is said as long as it is one address, and again once all others and it have gone', () => {
    const { enter, leave, census } = door();
    expect(census.only).toBe('');
    enter('192.0.2.1');
    enter('192.0.2.1');
    expect(census.only).toBe('192.0.2.1');
    enter('192.0.2.2');
    leave('192.0.2.2');
    // Which one left is not known.
    expect(census.only).toBe('');
    leave('192.0.2.1');
    enter('192.0.2.1');
    expect(census.only).toBe('');
    leave('192.0.2.1');
    leave('192.0.2.1');
    expect(census.only).toBe('');
    enter('192.0.2.3');
    expect(census.only).toBe('192.0.2.3');
  });

  it('is never said to be one of several', () => {
    const addresses = ['192.0.2.1', '192.0.2.2', '127.0.0.1'];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...addresses), fc.boolean())), (steps) => {
        const { enter, leave, inside, census } = door();
        for (const [address, comes] of steps) {
          if (comes) enter(address);
          else if (inside.includes(address)) leave(address);
          if (census.only !== '') expect(new Set(inside)).toEqual(new Set([census.only]));
        }
      }),
    );
  });
});

describe('one address', () => {
  it('gets as many as it may have, and the next one is refused and counted', () => {
    const { enter, census } = door();
    expect([1, 2, 3, 4, 5].map(() => enter('192.0.2.1'))).toEqual([true, true, true, false, false]);
    expect([census.open, census.refused]).toEqual([3, { perAddress: 2, total: 0 }]);
  });

  it('of IPv6 is a /64; of IPv4 is one, however it is written', () => {
    const { enter } = door({ perAddressMax: 1 });
    expect(['2001:db8::1', '2001:db8::ffff:1', '2001:db8:0:1::1'].map(enter)).toEqual([true, false, true]);
    expect(['192.0.2.1', '::ffff:192.0.2.1', '0000:0000:0000:0000:0000:ffff:c000:0201'].map(enter)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('that is exempt gets any number, beyond the total, too', () => {
    const { enter, census } = door();
    expect(Array.from({ length: 2 * TOTAL }, () => enter('127.0.0.1'))).not.toContain(false);
    expect([enter('192.0.2.1'), census.refused]).toEqual([false, { perAddress: 0, total: 1 }]);
  });

  it('that comes and goes all day is never refused, and the kernel is asked at most once a second', () => {
    const { enter, leave, time, recounts } = door();
    for (let n = 0; n < 10_000; n++) {
      time.us += 1000;
      expect(enter('192.0.2.1')).toBe(true);
      if (n % 7 > 0) enter('198.51.100.1');
      leave('192.0.2.1');
    }
    expect(recounts()).toBeLessThanOrEqual(11);
  });
});

it('all together get as many as there may be', () => {
  const { enter, leave } = door();
  const from = (n: number): string => `192.0.2.${n}`;
  expect(Array.from({ length: TOTAL + 1 }, (_, n) => enter(from(n))).filter((stays) => !stays)).toEqual([false]);
  leave(from(0));
  expect(enter(from(99))).toBe(true);
});

const coming = fc.record({ goes: fc.boolean(), who: fc.integer({ min: 0, max: 4 }), afterUs: fc.nat(700_000) });

describe.each([true, false])('whoever comes and goes in whatever order (the kernel tells: %s)', (told) => {
  it('nobody is refused who has fewer than he may have', () => {
    fc.assert(
      fc.property(fc.array(coming, { maxLength: 200 }), (events) => {
        const { enter, leave, inside, time } = door({ told, totalMax: 1000 });
        for (const { goes, who, afterUs } of events) {
          time.us += afterUs;
          const address = `192.0.2.${who}`;
          const has = inside.filter((one) => one === address).length;
          if (goes && has > 0) leave(address);
          else if (!goes && has < PER_ADDRESS) expect(enter(address)).toBe(true);
          else if (!goes) enter(address);
        }
      }),
      runs(400),
    );
  });
});

it('whoever has all that he may have is refused, once the kernel was asked', () => {
  fc.assert(
    fc.property(fc.array(coming, { maxLength: 200 }), (events) => {
      const { enter, leave, inside, time } = door({ totalMax: 1000 });
      for (const { goes, who } of events) {
        // Longer than the kernel is left in peace.
        time.us += 1_000_001;
        const address = `192.0.2.${who}`;
        const has = inside.filter((one) => one === address).length;
        if (goes && has > 0) leave(address);
        else if (!goes) expect(enter(address)).toBe(has < PER_ADDRESS);
      }
    }),
  );
});

it('a million addresses that came once and left are not remembered', () => {
  const { enter, leave, time, recounts } = door();
  enter('192.0.2.1');
  for (let n = 0; n < 1_000_000; n++) {
    time.us += 250;
    const address = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    enter(address);
    leave(address);
  }
  // Each time that it has too many it begins anew; the second between two counts bounds what it has.
  expect(recounts()).toBeGreaterThan(100);
});
