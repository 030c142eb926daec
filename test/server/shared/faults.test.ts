import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasRedis, RedisServer } from '../../support/redis.ts';
import { until } from '../../support/until.ts';
import { closeAll, openSharing, type Sharing } from './support.ts';

const isDown = (sharing: Sharing) => () => sharing.status().state === 'down';
const blocks = ({ limits }: Sharing): number => limits.status().blocks.count;
const inProcess = (decision: unknown): boolean => !(decision instanceof Promise);

describe.skipIf(!hasRedis)('a Redis that', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    redis = await RedisServer.start();
  });
  afterEach(async () => {
    closeAll();
    redis.signal('SIGCONT');
    await redis.kill();
  });

  it('hangs holds up those who had asked until their time is over, and nobody after the first', async () => {
    const one = openSharing(redis.url);
    await one.up();
    expect((await one.take(1, 3)).remaining).toBe(7);
    redis.signal('SIGSTOP');
    // Each asks while nobody knows yet: they are decided here, from what Redis last said.
    const waiting = Array.from({ length: 3 }, () => one.take(1));
    expect((await Promise.all(waiting)).map(({ remaining }) => remaining)).toEqual([6, 5, 4]);
    const next = one.take(1);
    expect([inProcess(next), one.status().decidedAlone]).toEqual([true, 4]);
    await until(() => one.log.length > 0);
    expect(one.status()).toMatchObject({ lost: 1, reason: expect.stringMatching(/^No answer within \d+ ms$/) });
    expect(one.log).toEqual([
      expect.stringMatching(/^shared_lost redis:\/\/127.0.0.1:\d+\/0 is not used, .*No answer/),
    ]);
    redis.signal('SIGCONT');
    await one.up();
    // Redis has run what it was asked before it hung, too: it counts once.
    expect((await one.take(1, 0)).remaining).toBe(3);
    const other = openSharing(redis.url);
    await other.up();
    expect((await other.take(1, 0)).remaining).toBe(3);
    expect(one.log[1]).toMatch(
      /^shared_found .* is used again, after \d+\.\d s and decisions of this process alone: \d$/,
    );
    expect(one.log).toHaveLength(2);
  });

  it('hangs although nobody asks is found out all the same', async () => {
    const one = openSharing(redis.url);
    await one.up();
    redis.signal('SIGSTOP');
    await until(isDown(one));
    expect(inProcess(one.take(1))).toBe(true);
  });

  it('is not there at the start is no reason to wait, and comes in later with what was done meanwhile', async () => {
    await redis.kill();
    const one = openSharing(redis.url);
    await until(() => one.log.length > 0);
    expect(one.log).toEqual([expect.stringMatching(/^shared_lost .*connect ECONNREFUSED/)]);
    expect(await one.take(5, 4)).toMatchObject({ allowed: true, remaining: 6 });
    await one.act('POST', 'block', { address: '203.0.113.8', expires_seconds: 600 });
    one.shared.announceCache({ kind: 'disabled', forMs: 600_000 });
    expect(one.status().unsent).toBe(2);
    await redis.start();
    await one.up();
    const other = openSharing(redis.url);
    await other.up();
    expect([blocks(other), other.told, one.told]).toEqual([1, ['disabled'], []]);
    // What one counted alone is in Redis from its next question on.
    await one.take(5, 0);
    expect((await other.take(5, 0)).remaining).toBe(6);
  });

  it('is killed and comes back empty gets back what the processes know; their caches are cleared once', async () => {
    const [one, other] = [openSharing(redis.url), openSharing(redis.url)];
    await Promise.all([one.up(), other.up()]);
    await one.act('POST', 'block', { address: '203.0.113.8', expires_seconds: 600 });
    await one.act('POST', 'adjust', { max_requests: 10, window_seconds: 3600 });
    await other.take(9, 6);
    await until(() => blocks(other) === 1 && one.status().unsent === 0);
    await redis.kill();
    await until(() => isDown(one)() && isDown(other)());
    await redis.start();
    await Promise.all([one.up(), other.up()]);
    const late = openSharing(redis.url);
    await late.up();
    await until(() => blocks(late) === 1 && late.limits.status().policy.name === 'adjusted');
    expect([one.told, other.told, late.told]).toEqual([['missed'], ['missed'], []]);
    await other.take(9, 0);
    expect((await one.take(9, 0)).remaining).toBe(4);
  });

  it('is killed and comes back with all it had costs no cache', async () => {
    await redis.kill();
    redis = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always');
    const [one, other] = [openSharing(redis.url), openSharing(redis.url)];
    await Promise.all([one.up(), other.up()]);
    one.shared.announceCache({ kind: 'cleared' });
    await until(() => other.told.length === 1);
    await redis.kill();
    await until(() => isDown(one)() && isDown(other)());
    await redis.start();
    await Promise.all([one.up(), other.up()]);
    expect([one.told, other.told]).toEqual([[], ['cleared']]);
  });

  it('is emptied while it is used gets everything back, and debts with it', async () => {
    const one = openSharing(redis.url);
    await one.up();
    await one.take(2, 8);
    await one.act('POST', 'block', { address: '203.0.113.8', expires_seconds: 600 });
    await until(() => one.status().unsent === 0);
    redis.cli('FLUSHALL');
    expect((await one.take(2)).remaining).toBe(1);
    await until(() => one.told.length === 1);
    const other = openSharing(redis.url);
    await other.up();
    await until(() => blocks(other) === 1);
    expect([one.told, one.log]).toEqual([['missed'], []]);
  });

  it('one process is cut off from has for it, when it is back, what it missed, once', async () => {
    await redis.kill();
    redis = await RedisServer.start('--appendonly', 'yes', '--appendfsync', 'always');
    const [one, cut] = [openSharing(redis.url), openSharing(redis.url)];
    await Promise.all([one.up(), cut.up()]);
    await one.act('POST', 'block', { address: '203.0.113.7', expires_seconds: 600 });
    await until(() => blocks(cut) === 1);
    redis.cli('CLIENT', 'KILL', 'TYPE', 'normal');
    redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub');
    one.shared.announceCache({ kind: 'cleared' });
    one.shared.announceCache({ kind: 'cleared' });
    await one.act('DELETE', 'block', { address: '203.0.113.7' });
    await until(() => cut.told.length > 0 && blocks(cut) === 0);
    await Promise.all([one.up(), cut.up()]);
    expect([one.told, cut.told]).toEqual([[], ['cleared']]);
  });

  const SECRET = 'hush-hush';

  it('refuses the password is not used until it takes it, and the password is nowhere', async () => {
    await redis.kill();
    redis = await RedisServer.start('--requirepass', 'other');
    const one = openSharing(redis.url.replace('//', `//:${SECRET}@`));
    await until(() => one.log.length > 0);
    expect(one.status().reason).toMatch(/^WRONGPASS/);
    expect(inProcess(one.take(1))).toBe(true);
    redis.cli('-a', 'other', 'CONFIG', 'SET', 'requirepass', SECRET);
    await one.up();
    expect(one.log).toHaveLength(2);
    expect(JSON.stringify([one.log, one.status()])).not.toContain(SECRET);
  });

  it.each([
    ['only reads', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE'], /^READONLY/],
    ['has no memory left', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0'], /^OOM/],
  ])('%s is not used until it is one again', async (_, broken, mended, reason) => {
    const one = openSharing(redis.url);
    await one.up();
    redis.cli(...broken);
    expect((await one.take(1)).remaining).toBe(9);
    await until(() => reason.test(one.status().reason ?? ''));
    expect([isDown(one)(), inProcess(one.take(1))]).toEqual([true, true]);
    redis.cli(...mended);
    await one.up();
    expect((await one.take(1)).remaining).toBe(7);
  });
});
