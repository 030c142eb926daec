import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nthOf } from '../../../../ops/capacity/model/nth.ts';

const value = fc.oneof(
  fc.double({ noNaN: true }),
  fc.integer({ min: 0, max: 3 }),
  fc.constant(Number.POSITIVE_INFINITY),
);

it('is what stands there after sorting, whatever repeats', () => {
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), fc.nat(), (values, place) => {
      const at = place % values.length;
      // 0 and -0 are one place in the order.
      expect(nthOf(Float64Array.from(values), at) + 0).toBe(Float64Array.from(values).sort()[at]! + 0);
    }),
  );
});
