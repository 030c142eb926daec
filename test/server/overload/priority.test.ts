import { describe, expect, it } from 'vitest';
import { priorityOf } from '../../../server/overload/index.ts';

const of = (headers: Record<string, string>, { batch = false, known = false } = {}) =>
  priorityOf({ headers: new Map(Object.entries(headers)), batch, known });

describe('priority', () => {
  it('is normal for a person and low for a batch, where nothing is said', () => {
    expect([of({}), of({}, { batch: true })]).toEqual(['normal', 'low']);
  });

  it.each([
    ['u=0', 'normal', 'high'],
    ['u=2', 'normal', 'high'],
    ['u=3', 'normal', 'normal'],
    ['u=4', 'low', 'low'],
    ['u=7, i', 'low', 'low'],
    ['i, u=1', 'normal', 'high'],
    ['u=1;x=2', 'normal', 'high'],
  ])('%s is %s from anyone and %s with a key (RFC 9218)', (priority, anyone, known) => {
    expect([of({ priority }), of({ priority }, { known: true })]).toEqual([anyone, known]);
  });

  it.each(['', 'u', 'u=', 'u=8', 'u=-1', 'u=10', 'U=0', 'mu=0', 'urgent', '\0'])(
    'what is no urgency says nothing: %j',
    (priority) => {
      expect(of({ priority }, { known: true })).toBe('normal');
    },
  );

  it('a batch steps forward only with a key', () => {
    expect([of({ priority: 'u=1' }, { batch: true }), of({ priority: 'u=1' }, { batch: true, known: true })]).toEqual([
      'low',
      'high',
    ]);
  });

  it('what is fetched ahead is low, whoever asks', () => {
    expect(of({ 'sec-purpose': 'prefetch;prerender', priority: 'u=0' }, { known: true })).toBe('low');
  });
});
