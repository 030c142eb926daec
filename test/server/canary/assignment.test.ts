/** Shares, stickiness and reasons of the assignment. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOf } from '../../../server/canary/assignment/bucket.ts';
import { type Allotment, assigner, CONTROL, type Subject } from '../../../server/canary/assignment/index.ts';
import { murmur3 } from '../../../server/canary/assignment/murmur3.ts';

const allotment = (parts: Partial<Allotment> = {}): Allotment => ({
  group: 'g',
  percentage: 50,
  holdBack: 0,
  stickiness: 'default',
  constraints: [],
  arms: [{ name: 'canary', weight: 1 }],
  overrides: [],
  ...parts,
});
const by = (parts: Partial<Allotment>, subject: Subject, asked: string | null = null, random = 0.5) =>
  assigner(allotment(parts))({ subject, asked, random: () => random });

describe('MurmurHash3', () => {
  // Of the reference implementation, SMHasher's MurmurHash3_x86_32.
  it.each([
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['a', 0x9747b28c, 0x7fa09ea6],
    ['aa', 0x9747b28c, 0x5d211726],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
  ])('%j with seed %i', (text, seed, hash) => {
    expect(murmur3(text, seed)).toBe(hash);
  });

  it('has one value for a text, short or long', () => {
    const long = 'é'.repeat(300);
    expect(murmur3(long)).toBe(murmur3(long));
    expect(murmur3('x'.repeat(256))).not.toBe(murmur3('x'.repeat(257)));
  });
});

describe('a share', () => {
  it('has of a million ids what was asked for, within 0.1 % of all, at every step of it', () => {
    const counts = new Uint32Array(10_000);
    const ids = 1_000_000;
    for (let id = 0; id < ids; id++) counts[placeOf('ranker', `user-${id}`)]! += 1;
    const shares = [0.01, 0.5, 1, 5, 10, 12.34, 25, 50, 99.99];
    for (const share of shares) {
      const inside = counts.subarray(0, Math.round(share * 100)).reduce((sum, count) => sum + count, 0);
      expect(Math.abs((100 * inside) / ids - share), `${share} %`).toBeLessThanOrEqual(0.1);
    }
  });

  it('keeps everybody whom it had when it grows, and is the same each time', () => {
    const percentage = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
    fc.assert(
      fc.property(
        fc.string(),
        percentage,
        percentage,
        fc.integer({ min: 0, max: 100 }),
        (userId, one, other, holdBack) => {
          const [less, more] = [Math.min(one, other), Math.max(one, other)];
          const before = by({ percentage: less, holdBack }, { userId: userId || 'x' });
          expect(by({ percentage: less, holdBack }, { userId: userId || 'x' })).toEqual(before);
          if (before.arm === 'canary')
            expect(by({ percentage: more, holdBack }, { userId: userId || 'x' })).toEqual(before);
        },
      ),
    );
  });

  it('is nobody at 0, everybody at 100, and never those held back', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (userId) => {
        expect(by({ percentage: 0 }, { userId })).toEqual({ arm: CONTROL, reason: 'outside' });
        expect(by({ percentage: 100 }, { userId })).toEqual({ arm: 'canary', reason: 'split' });
        const place = placeOf('g', userId);
        expect(by({ percentage: 100, holdBack: 5 }, { userId }).reason).toBe(place < 9500 ? 'split' : 'held_back');
      }),
    );
  });

  it('is divided among arms by weight, each person in one', () => {
    const arms = [
      { name: 'a', weight: 3 },
      { name: 'none', weight: 0 },
      { name: 'b', weight: 1 },
    ];
    const got = { a: 0, b: 0, none: 0, [CONTROL]: 0 } as Record<string, number>;
    for (let id = 0; id < 40_000; id++) got[by({ percentage: 100, arms }, { userId: `u${id}` }).arm]! += 1;
    expect(got['none']! + got[CONTROL]!).toBe(0);
    expect(got['a']! / 40_000).toBeCloseTo(0.75, 1);
  });
});

describe('the first of these decides', () => {
  const overrides = [{ field: 'userId', values: ['ann'], arm: 'canary' }];
  const constraints = [{ field: 'address', operator: 'in_network', values: ['192.0.2.0/24', 'none'] }] as const;
  const everything = { percentage: 0, overrides, constraints };

  it.each([
    ['what is asked for', { userId: 'ann' }, CONTROL, { arm: CONTROL, reason: 'asked' }],
    [
      'not an arm that there is not',
      { userId: 'bob', address: '192.0.2.1' },
      'other',
      { arm: CONTROL, reason: 'outside' },
    ],
    ['who is named', { userId: 'ann' }, null, { arm: 'canary', reason: 'named' }],
    ['who is not meant', { userId: 'bob', address: '198.51.100.1' }, null, { arm: CONTROL, reason: 'constraint' }],
    ['whose address is not known', { userId: 'bob' }, null, { arm: CONTROL, reason: 'constraint' }],
  ] as const)('%s', (_, subject, asked, assignment) => {
    expect(by(everything, subject, asked)).toEqual(assignment);
  });

  it('who cannot be known again by what is to tell stays with the control', () => {
    expect(by({ stickiness: 'userId', percentage: 100 }, { sessionId: 's' })).toEqual({
      arm: CONTROL,
      reason: 'no_identity',
    });
    expect(by({ stickiness: 'shop', percentage: 100 }, { properties: { shop: 'a' } }).arm).toBe('canary');
  });

  it('who has nothing to be known by is somebody new each time, never all one', () => {
    const arms = Array.from({ length: 100 }, (_, at) => by({}, {}, null, at / 100).arm);
    const inside = arms.filter((arm) => arm === 'canary').length;
    expect(inside).toBeGreaterThan(25);
    expect(inside).toBeLessThan(75);
  });

  it.each([
    ['in', ['a', 'b'], 'b', true],
    ['in', ['a'], 'ab', false],
    ['not_in', ['a'], 'b', true],
    ['not_in', ['a'], 'a', false],
    ['starts_with', ['ab'], 'abc', true],
    ['ends_with', ['bc'], 'abc', true],
    ['contains', ['x', 'b'], 'abc', true],
    ['contains', ['x'], 'abc', false],
  ] as const)('%s %j holds of %s: %s', (operator, values, userId, holds) => {
    const constraint = { field: 'userId', operator, values };
    expect(by({ percentage: 100, constraints: [constraint] }, { userId }).reason === 'split').toBe(holds);
  });

  it('who lacks a field is in no list, and not in every list there is not', () => {
    const constrained = (operator: 'in' | 'not_in') => [{ field: 'plan', operator, values: ['gold'] }];
    expect(by({ percentage: 100, constraints: constrained('in') }, { userId: 'u' }).reason).toBe('constraint');
    expect(by({ percentage: 100, constraints: constrained('not_in') }, { userId: 'u' }).reason).toBe('split');
  });
});
