import { describe, expect, it } from 'vitest';
import type { EngineError } from '../../../engine/errors.ts';
import { loadConfig } from '../../../server/config/index.ts';
import { storeAddress } from '../../../server/shared/store-address.ts';
import { runCli } from '../../support/cli.ts';

describe('the address of a Redis', () => {
  it('is shown without user and password, with what it left out', () => {
    expect(storeAddress('redis://localhost')).toBe('redis://localhost:6379/0');
    expect(storeAddress('rediss://me:p%40ss@[::1]:7000/3')).toBe('rediss://[::1]:7000/3');
    expect(storeAddress('redis://:hidden@10.0.0.1/')).toBe('redis://10.0.0.1:6379/0');
  });

  it.each([
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://localhost/zero',
    'redis://localhost/99999999',
    'redis://localhost?db=1',
    'redis://localhost#1',
    'redis://localhost:99999',
    'redis://:%zz@localhost',
    '/run/redis.sock',
  ])('is none: %s', (text) => expect(storeAddress(text)).toBeNull());
});

const SECRET = 'hush@/hush"hush';

describe('a password in it', () => {
  const faults = (flags: string[], environment: Record<string, string> = {}): string => {
    try {
      loadConfig({ file: null, environment, flags });
    } catch (error) {
      return (error as EngineError).message;
    }
    throw new Error('Was accepted');
  };

  it('is in no refusal, whatever is wrong with the setting', () => {
    const wrong = `redis://:${SECRET}@localhost`;
    for (const told of [
      faults([`server.shared.redis=${wrong}`]),
      faults([`server.shared.reddis=redis://:${SECRET}@localhost`]),
      faults(['server.shared.redis=redis://:hush']),
      faults([`server.shared.redis:redis://:${SECRET}@localhost`]),
      faults([], { WP_CHAT_SERVER_SHARED_REDIS: wrong }),
    ]) {
      expect(told).toContain('server.shared.red');
      expect(told).not.toContain('hush');
    }
    expect(faults([`server.shared.redis=${wrong}`])).toMatch(
      /^--set server\.shared\.redis: server\.shared\.redis: expected an address such as redis:\/\/127\.0\.0\.1:6379\/0 .*, got what may hold a password and is not shown$/,
    );
  });

  it('is not in what `config show` shows, as a table or as JSON', async () => {
    for (const json of [[], ['--json']]) {
      const { out, code } = await runCli([
        'config',
        'show',
        ...json,
        '--set',
        'server.shared.redis=redis://me:hush%40hush@localhost',
      ]);
      expect([code, out.includes('redis://***@localhost'), out.includes('hush')]).toEqual([0, true, false]);
    }
  });
});
