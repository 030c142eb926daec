import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasRedis, RedisServer } from '../../support/redis.ts';
import { until } from '../../support/until.ts';
import { closeAll, openSharing, type Sharing } from './support.ts';

const blocked = ({ limits }: Sharing): string[] => limits.status().blocks.latest.map(({ address }) => address);
const policy = ({ limits }: Sharing) => limits.status().policy;

describe.skipIf(!hasRedis)('processes with one Redis', () => {
  let redis: RedisServer;
  let one: Sharing;
  let other: Sharing;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(() => redis.kill());
  beforeEach(async () => {
    redis.cli('FLUSHALL');
    one = openSharing(redis.url);
    other = openSharing(redis.url);
    await Promise.all([one.up(), other.up()]);
  });
  afterEach(closeAll);

  it('count a client together, and each knows what it owes when Redis goes', async () => {
    for (let at = 0; at < 4; at++) {
      expect((await one.take(7)).remaining).toBe(9 - 2 * at);
      expect((await other.take(7)).remaining).toBe(8 - 2 * at);
    }
    expect(await one.take(7, 3)).toMatchObject({ allowed: false, remaining: 2 });
    expect([one.status().decidedAlone, one.log]).toEqual([0, []]);
  });

  it('forgive everyone at once when one is told to', async () => {
    await one.take(1, 10);
    await other.act('POST', 'reset', {});
    expect((await other.take(1, 4)).remaining).toBe(6);
    await until(async () => (await one.take(1, 0)).remaining === 6);
  });

  it('keep out whom one of them blocks, for as long, and let in whom one lets in', async () => {
    await one.act('POST', 'block', { address: '203.0.113.0/24', expires_seconds: 600, reason: 'flood "1"' });
    await until(() => other.limits.status().blocks.count === 1);
    const [block] = other.limits.status().blocks.latest;
    expect(block).toMatchObject({ address: '203.0.113.0/24', reason: 'flood "1"', by: 'operator', refused: 0 });
    const mine = one.limits.status().blocks.latest[0]!;
    for (const time of ['since', 'until'] as const)
      expect(Math.abs(Date.parse(block![time]) - Date.parse(mine[time]))).toBeLessThan(50);
    await other.act('DELETE', 'block', { address: '203.0.113.0/24' });
    await until(() => one.limits.status().blocks.count === 0);
    const late = openSharing(redis.url);
    await late.up();
    expect(blocked(late)).toEqual([]);
  });

  it('block nobody whom their own settings keep from blocks, whoever says so', async () => {
    const text = JSON.stringify({ reason: '', by: 'operator', sinceMs: Date.now() });
    one.shared.announceLimits({ kind: 'unblocked', network: { first: [0, 0, 0xffff, 1], prefixBits: 128 } });
    const end = Date.now() + 60_000;
    for (const network of ['192.0.2.7/32', '127.0.0.1/32', '0.0.0.0/0', '203.0.113.9/32', 'nonsense'])
      say(redis, `limits/block/${network}`, end, text);
    await until(() => blocked(one).length > 0);
    expect(blocked(one)).toEqual(['203.0.113.9/32']);
  });

  it('adjust the limit together, also those that start later, until it ends or is reset', async () => {
    await one.act('POST', 'adjust', { max_requests: 10, window_seconds: 3600, expires_seconds: 900 });
    await until(() => policy(other).name === 'adjusted');
    const late = openSharing(redis.url);
    await late.up();
    for (const each of [other, late]) {
      expect(policy(each)).toMatchObject({ name: 'adjusted', maxRequests: 10, windowSeconds: 3600, burst: 10 });
      for (const time of ['since', 'until'] as const)
        expect(Math.abs(Date.parse(policy(each)[time]!) - Date.parse(policy(one)[time]!))).toBeLessThan(50);
    }
    await late.act('POST', 'reset', {});
    await until(() => policy(one).name === 'default' && policy(other).name === 'default');
  });

  it('hear each of what is done to the cache once, and one that starts later what still holds', async () => {
    one.shared.announceCache({ kind: 'cleared' });
    await until(() => other.told.length === 1);
    one.shared.announceCache({ kind: 'disabled', forMs: null });
    await until(() => other.told.length === 2);
    other.shared.announceCache({ kind: 'enabled' });
    await until(() => one.told.length === 1);
    one.shared.announceCache({ kind: 'cleared' });
    await until(() => other.told.length === 3);
    expect([one.told, other.told]).toEqual([['enabled'], ['cleared', 'disabled', 'cleared']]);
    const late = openSharing(redis.url);
    await late.up();
    expect(late.told.sort()).toEqual(['cleared', 'enabled']);
  });

  it('with another prefix are strangers', async () => {
    const stranger = openSharing(redis.url, { prefix: 'other-site:' });
    await stranger.up();
    await one.take(3, 10);
    await one.act('POST', 'block', { address: '203.0.113.1' });
    expect([(await stranger.take(3)).remaining, blocked(stranger)]).toEqual([9, []]);
    expect(
      redis
        .cli('KEYS', '*')
        .split('\n')
        .every((key) => /^(wp-chat|other-site):/.test(key)),
    ).toBe(true);
  });

  it('leave nothing in Redis that does not end by itself', async () => {
    await one.take(3, 10);
    await one.act('POST', 'block', { address: '203.0.113.1' });
    one.shared.announceCache({ kind: 'cleared' });
    await until(() => one.status().unsent === 0);
    for (const key of redis.cli('KEYS', '*').split('\n'))
      expect([key, Number(redis.cli('PTTL', key)) > 0]).toEqual([key, true]);
  });

  it('hear ten thousand blocks of a process that is new', async () => {
    for (let at = 0; at < 10_000; at++)
      one.shared.announceLimits({
        kind: 'blocked',
        network: { first: [0x20010db8 | 0, at, 0, 0], prefixBits: 64 },
        reason: '',
        by: 'automatic',
        sinceMs: Date.now(),
        untilMs: Date.now() + 600_000,
      });
    await until(() => one.status().unsent === 0 && other.limits.status().blocks.count === 10_000);
    const late = openSharing(redis.url);
    await late.up();
    expect([late.limits.status().blocks.count, one.log, other.log]).toEqual([10_000, [], []]);
  });
});

/** As another version might: past the product. */
function say(redis: RedisServer, name: string, untilMs: number, text: string): void {
  const version = redis.cli('HINCRBY', 'wp-chat:facts:head', 'version', '1');
  redis.cli('HSET', 'wp-chat:facts', name, `${Date.now()} ${untilMs} ${text}`);
  redis.cli('ZADD', 'wp-chat:facts:order', version, name);
  redis.cli('PUBLISH', 'wp-chat:facts:said', version);
}
