/** What clicks are credited for, how often, and until when. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Impression, Impressions, type Settled } from '../../../ops/ab/impressions.ts';

const WINDOW_MS = 1000;

const impression = (requestId: string, atMs: number, more: Partial<Impression> = {}): Impression => ({
  requestId,
  shown: ['a', 'b', 'c'],
  offset: 0,
  arms: [],
  interleaved: null,
  subject: '',
  atMs,
  ...more,
});

function opened(entriesMax = 10) {
  const settled: Settled[] = [];
  return { settled, impressions: new Impressions({ windowMs: WINDOW_MS, entriesMax }, (one) => settled.push(one)) };
}

describe('a click', () => {
  it('names a result by id, by rank, or by both where they agree', () => {
    const { impressions } = opened();
    impressions.add(impression('r', 0, { offset: 10 }));
    expect(impressions.click('r', { id: 'b' }, 1)).toEqual({ kind: 'counted', id: 'b', position: 12 });
    expect(impressions.click('r', { position: 11 }, 1)).toEqual({ kind: 'counted', id: 'a', position: 11 });
    expect(impressions.click('r', { id: 'c', position: 13 }, 1)).toEqual({ kind: 'counted', id: 'c', position: 13 });
    for (const wrong of [{ id: 'd' }, { position: 10 }, { position: 14 }, { id: 'a', position: 12 }, {}])
      expect(impressions.click('r', wrong, 1)).toEqual({ kind: 'not_shown' });
  });

  it('counts once', () => {
    const { impressions, settled } = opened();
    impressions.add(impression('r', 0));
    expect(impressions.click('r', { id: 'b' }, 1).kind).toBe('counted');
    for (const same of [{ id: 'b' }, { position: 2 }]) expect(impressions.click('r', same, 1).kind).toBe('again');
    impressions.advance(WINDOW_MS);
    expect(settled.map(({ clicked }) => [...clicked])).toEqual([[1]]);
  });

  it('counts until its time is over, and not for what was never shown', () => {
    const { impressions } = opened();
    impressions.add(impression('r', 0));
    expect(impressions.click('other', { id: 'a' }, 1).kind).toBe('unknown');
    expect(impressions.click('r', { id: 'a' }, WINDOW_MS - 1).kind).toBe('counted');
    expect(impressions.click('r', { id: 'b' }, WINDOW_MS).kind).toBe('unknown');
  });
});

describe('what is kept', () => {
  it('stays with the first of an id, and is bounded: who comes later ends the oldest', () => {
    const { impressions, settled } = opened(2);
    expect([impressions.add(impression('a', 0)), impressions.add(impression('a', 1, { shown: ['x'] }))]).toEqual([
      true,
      false,
    ]);
    expect(impressions.click('a', { id: 'x' }, 2).kind).toBe('not_shown');
    impressions.add(impression('b', 3));
    impressions.add(impression('c', 4));
    expect(settled.map(({ requestId }) => requestId)).toEqual(['a']);
    expect([impressions.size, impressions.early]).toEqual([2, 1]);
  });

  it('is settled once each, with what was clicked in time, whatever comes in which order', () => {
    const event = fc.record({
      afterMs: fc.nat(700),
      click: fc.boolean(),
      id: fc.constantFrom('r0', 'r1', 'r2', 'r3', 'r4'),
      result: fc.constantFrom('a', 'b', 'c'),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { impressions, settled } = opened(1000);
        /** All there ever was, and what was clicked of it in time. */
        const known: { id: string; atMs: number; clicked: Set<string> }[] = [];
        let nowMs = 0;
        for (const { afterMs, click, id, result } of events) {
          nowMs += afterMs;
          const live = known.find((one) => one.id === id && nowMs - one.atMs < WINDOW_MS);
          if (click) {
            const expected = live === undefined ? 'unknown' : live.clicked.has(result) ? 'again' : 'counted';
            expect(impressions.click(id, { id: result }, nowMs).kind).toBe(expected);
            live?.clicked.add(result);
          } else {
            expect(impressions.add(impression(id, nowMs))).toBe(live === undefined);
            if (live === undefined) known.push({ id, atMs: nowMs, clicked: new Set() });
          }
        }
        impressions.advance(nowMs + WINDOW_MS);
        expect(settled.map(({ requestId, clicked }) => [requestId, [...clicked].map((at) => 'abc'[at])])).toEqual(
          known.map(({ id, clicked }) => [id, [...clicked]]),
        );
        expect(impressions.size).toBe(0);
      }),
    );
  });
});
