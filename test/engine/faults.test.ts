/** What fails on purpose: what is meant by a fault, and how many of those that it could meet. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fault, faultsSchema, Strikes, strike } from '../../engine/faults.ts';

const fault = (more: Partial<Fault>): Fault => ({
  ...{ target: 'query', kind: 'throw', ms: 0, variant: null, percent: 100 },
  ...more,
});

describe('a share', () => {
  it('meets as many of so many queries as it says, never one more or less than that', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 2000 }), (tenths, asked) => {
        const strikes = new Strikes([fault({ percent: tenths / 10 })]);
        let met = 0;
        for (let n = 0; n < asked; n++) if (strikes.meeting('query', []) !== null) met += 1;
        expect(met).toBe(Math.floor((asked * tenths) / 1000 + 1e-6));
      }),
    );
  });

  it('is of those that it is meant for: others do not count', () => {
    const strikes = new Strikes([fault({ percent: 50, variant: 'canary' })]);
    const met = ['canary', '', '', 'canary', '', 'canary', 'canary'].map(
      (variant) => strikes.meeting('query', [variant]) !== null,
    );
    expect(met).toEqual([false, false, false, true, false, false, true]);
    expect(strikes.meeting('reranker', ['canary'])).toBeNull();
  });
});

it('a query fails as the whole of it does, a model as a model', async () => {
  await expect(strike(fault({}))).rejects.toMatchObject({ code: 'internal' });
  await expect(strike(fault({ target: 'reranker' }))).rejects.toMatchObject({ code: 'model_failed' });
  await expect(strike(fault({ kind: 'slow', ms: 0 }))).resolves.toBeUndefined();
});

it.each([
  ['a query that is no number', { target: 'query', kind: 'nan' }],
  ['no share', { target: 'query', kind: 'throw', percent: 0 }],
  ['more than all', { target: 'query', kind: 'throw', percent: 101 }],
  ['another target', { target: 'disk', kind: 'throw' }],
  ['a member that there is not', { target: 'query', kind: 'throw', share: 5 }],
])('is refused: %s', (_, given) => {
  expect(faultsSchema.safeParse([given]).success).toBe(false);
});
