import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CALM, sustain } from '../../../ops/detect/sustained.ts';

const kinds = fc.array(fc.constantFrom('bad' as const, 'between' as const, 'good' as const), { maxLength: 300 });
const patience = fc.record({ fireS: fc.integer({ min: 1, max: 30 }), clearS: fc.integer({ min: 1, max: 30 }) });

/** In whole units that no rounding touches: a bad second adds `clearS` of them, a good one takes `fireS`, and `fireS · clearS` is full. */
function reference(seconds: readonly string[], { fireS, clearS }: { fireS: number; clearS: number }): boolean[] {
  let units = 0;
  let firing = false;
  return seconds.map((second) => {
    if (second === 'bad') units = Math.min(fireS * clearS, units + clearS);
    if (second === 'good') units = Math.max(0, units - fireS);
    firing = firing ? units > 0 : units === fireS * clearS;
    return firing;
  });
}

test('it fires after as many bad seconds in a row as it has patience for, and stops after as many good ones', () => {
  fc.assert(
    fc.property(kinds, patience, (seconds, wait) => {
      let state = CALM;
      const fired = seconds.map((second) => {
        state = sustain(state, second, 1, wait);
        return state.firing;
      });
      expect(fired).toEqual(reference(seconds, wait));
    }),
  );
});
