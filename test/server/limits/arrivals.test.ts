import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arrivals } from '../../../server/limits/arrivals.ts';
import { GcraTable } from '../../../server/limits/gcra.ts';

const name = ({ low }: { low: number }): string => `c${low}`;

describe('a preview', () => {
  it.each([
    ['what the limit itself would have, where queries come at the beginning of their second', 1],
    ['as much to within a second of its rate, wherever in the second they come', 1e9],
  ])('refuses %s', (_, spreadNs) => {
    const arrival = fc.record({ client: fc.nat(3), queries: fc.integer({ min: 1, max: 30 }), waitNs: fc.nat(4e9) });
    const limit = fc.record({
      periodNs: fc.integer({ min: 20_000_000, max: 3e9 }),
      burst: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 60 }), limit, (arrivals, rate) => {
        const record = new Arrivals();
        const table = new GcraTable(64, 3);
        const refused = [0, 0, 0, 0];
        const asked = [0, 0, 0, 0];
        let nowNs = 0;
        for (const { client, queries, waitNs } of arrivals) {
          nowNs += waitNs;
          const second = Math.floor(nowNs / 1e9);
          const atNs = second * 1e9 + 1 + (nowNs % spreadNs);
          for (let at = 0; at < queries; at++) {
            record.add({ high: -1, low: client }, 1, second);
            if (!table.take({ high: -1, low: client }, 1, rate, atNs).allowed) refused[client]! += 1;
            asked[client]! += 1;
          }
        }
        const preview = record.preview(rate, Math.floor(nowNs / 1e9), name);
        const tolerance = spreadNs === 1 ? 0 : 1e9 / rate.periodNs + 1;
        expect(preview.requests).toBe(asked.reduce((sum, one) => sum + one, 0));
        for (const [client, count] of refused.entries()) {
          const told = preview.worst.find((one) => one.client === `c${client}`)?.refused ?? 0;
          expect(Math.abs(told - count)).toBeLessThanOrEqual(tolerance);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('reaches less far back in a flood of clients, and says how far', () => {
    const record = new Arrivals();
    for (let second = 0; second < 100; second++)
      for (let client = 0; client < 1000; client++) record.add({ high: second, low: client }, 2, second);
    const { recordedSeconds, requests, clients, worst } = record.preview({ periodNs: 1e9, burst: 1 }, 99, name);
    expect([recordedSeconds, requests, clients, worst.length]).toEqual([64, 130_000, 65_000, 20]);
  });

  it('of nothing refuses nothing', () => {
    expect(new Arrivals().preview({ periodNs: 1e9, burst: 1 }, 0, name)).toEqual({
      recordedSeconds: 0,
      requests: 0,
      refused: 0,
      refusedPercent: 0,
      clients: 0,
      clientsRefused: 0,
      worst: [],
    });
  });
});
