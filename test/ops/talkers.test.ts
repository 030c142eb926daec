import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Talkers } from '../../ops/talkers.ts';

const countsOf = (clients: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const client of clients) counts.set(client, (counts.get(client) ?? 0) + 1);
  return counts;
};

it('few clients are counted exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd')), (clients) => {
      const talkers = new Talkers();
      for (const client of clients) talkers.add(client);
      const top = talkers.top(10);
      expect(new Map(top.map(({ client, requests }) => [client, requests]))).toEqual(countsOf(clients));
      expect(top.every(({ errorMax }) => errorMax === 0)).toBe(true);
    }),
  );
});

it('of many clients none with more than its share is missed, and no count is off by more than it says', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(5000)), fc.nat(4), (noise, heavy) => {
      const talkers = new Talkers();
      const clients: string[] = [];
      for (const n of noise) {
        clients.push(clients.length % 10 < heavy ? `heavy${clients.length % 10}` : `10.0.${n >> 8}.${n & 255}`);
        if (clients.length === 4000) break;
      }
      for (const client of clients) talkers.add(client);
      const exact = countsOf(clients);
      const top = talkers.top(256);
      for (const { client, requests, errorMax } of top) {
        expect(requests).toBeGreaterThanOrEqual(exact.get(client)!);
        expect(requests - errorMax).toBeLessThanOrEqual(exact.get(client)!);
      }
      const named = new Set(top.map(({ client }) => client));
      for (const [client, count] of exact) if (count > 4000 / 256) expect(named).toContain(client);
    }),
    { numRuns: 30 },
  );
});

it('a client that stopped is forgotten within a minute, also where the process stood still', () => {
  const talkers = new Talkers();
  talkers.add('gone');
  for (let second = 0; second < 59; second++) talkers.rotate(1);
  expect(talkers.top(1)).toHaveLength(1);
  talkers.rotate(1);
  expect(talkers.top(1)).toEqual([]);
  talkers.add('again');
  talkers.rotate(3600);
  expect(talkers.top(1)).toEqual([]);
});
