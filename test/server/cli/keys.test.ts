import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KeyListing } from '../../../server/auth/index.ts';
import { askCli, type CliRun, runCli } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';

type Made = KeyListing & { readonly key: string };

const json = <Value>({ code, out, err }: CliRun): Value => {
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Value;
};

/** The command, with the keys in a folder of their own. */
function keysIn(cwd = scratchFolder()) {
  const run = (...words: string[]): Promise<CliRun> => askCli(['keys', ...words], { cwd });
  return {
    cwd,
    file: join(cwd, 'data/keys.json'),
    run,
    json: async <Value>(...words: string[]) => json<Value>(await run(...words, '--json')),
  };
}
const NEW = ['create', '--name', 'a', '--scopes', 'search'];

describe('keys create', () => {
  it('shows the key once: on the first line, or as JSON', async () => {
    const { file, run, json } = keysIn();
    const { code, out, err } = await run(...NEW);
    expect([code, err]).toEqual([0, '']);
    const [key] = out.split('\n');
    expect(key).toMatch(/^wpc_[0-9a-f]{12}\.[A-Za-z0-9_-]{43}$/);
    const made = await json<Made>(
      'create',
      '--name',
      'b',
      '--scopes',
      'ops:act, ops:read',
      '--expires',
      '90d',
      '--from',
      '203.0.113.9/24,::1',
    );
    expect(made).toMatchObject({
      name: 'b',
      scopes: ['ops:read', 'ops:act'],
      from: ['203.0.113.0/24', '::1/128'],
      state: 'active',
    });
    expect(Date.parse(made.expiresAt!) - Date.parse(made.createdAt)).toBe(90 * 86_400_000);
    const kept = readFileSync(file, 'utf8') + (await run('list')).out + (await run('list', '--json')).out;
    for (const one of [key!, made.key]) expect(kept).not.toContain(one.split('.')[1]);
    expect(kept).toContain(made.id);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('several at once are all kept', async () => {
    const keys = keysIn();
    const create = (name: string): Promise<CliRun> =>
      runCli(['keys', 'create', '--name', name, '--scopes', 'search', '--json'], keys);
    const runs = await Promise.all(Array.from({ length: 6 }, (_, n) => create(`${n}`)));
    const made = runs.map((run) => json<Made>(run));
    const listed = await keys.json<KeyListing[]>('list');
    expect(listed.map(({ id }) => id).sort()).toEqual(made.map(({ id }) => id).sort());
  });

  it.each([
    ['no name', ['--scopes', 'search']],
    ['an empty name', ['--name', ' ', '--scopes', 'search']],
    ['a name that moves the cursor', ['--name', 'a\u001b[2J', '--scopes', 'search']],
    ['no scope', ['--name', 'a']],
    ['an unknown scope', ['--name', 'a', '--scopes', 'search,root']],
    ['a span without a unit', [...NEW.slice(1), '--expires', '90']],
    ['a span of nothing', [...NEW.slice(1), '--expires', '0d']],
    ['a span beyond ten years', [...NEW.slice(1), '--expires', '9999d']],
    ['a network that is none', [...NEW.slice(1), '--from', '203.0.113.0/99']],
  ])('%s is wrong usage: exit 2, and no key', async (_, options) => {
    const { file, run } = keysIn();
    const { code, out, err } = await run('create', ...options);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^error: /);
    expect(existsSync(file)).toBe(false);
  });
});

describe('keys revoke and rotate', () => {
  it('end a key, by its id or the whole of it, whose secret is not repeated', async () => {
    const { run, json } = keysIn();
    const [a, b] = [await json<Made>(...NEW), await json<Made>(...NEW)];
    expect(await json('revoke', a.id)).toMatchObject({ id: a.id, state: 'revoked' });
    const { code, out } = await run('revoke', b.key);
    expect([code, out.includes(b.id), out.includes(b.key)]).toEqual([0, true, false]);
    expect((await json<KeyListing[]>('list')).map(({ state }) => state)).toEqual(['revoked', 'revoked']);
  });

  it('replace a key, at once or after a while', async () => {
    const { json } = keysIn();
    const old = await json<Made>('create', '--name', 'a', '--scopes', 'stats', '--from', '10.0.0.0/8');
    const next = await json<Made>('rotate', old.id, '--grace', '1h');
    expect(next).toMatchObject({ name: 'a', scopes: ['stats'], from: ['10.0.0.0/8'] });
    expect(next.key).not.toBe(old.key);
    await json<Made>('rotate', next.id);
    expect((await json<KeyListing[]>('list')).map(({ state }) => state)).toEqual(['active', 'revoked', 'active']);
  });

  it('say what is wrong: exit 1 for a key that is not there, 2 for one that has ended, and for a file that is not ours', async () => {
    const { file, run, json } = keysIn();
    const missing = await run('revoke', 'wpc_000000000000', '--json');
    expect([missing.code, JSON.parse(missing.err)]).toEqual([1, expect.objectContaining({ code: 'not_found' })]);
    const { id } = await json<Made>(...NEW);
    await run('revoke', id);
    expect((await run('rotate', id)).code).toBe(2);
    writeFileSync(file, '[]');
    for (const words of [['list'], NEW, ['revoke', id], ['rotate', id]]) {
      const { code, err } = await run(...words);
      expect([code, err]).toEqual([2, expect.stringContaining(file.slice(-'data/keys.json'.length))]);
    }
    expect(readFileSync(file, 'utf8')).toBe('[]');
  });
});
