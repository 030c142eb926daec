import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { changeKeys, readKeys } from '../../../server/auth/key-file.ts';
import { createKey, revokeKey, rotateKey } from '../../../server/auth/key-making.ts';
import { stateOf } from '../../../server/auth/key-record.ts';
import { KeyRing } from '../../../server/auth/key-ring.ts';
import { watchKeys } from '../../../server/auth/key-watch.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { keyFor, START_MS } from './arrange.ts';

const freshFile = (): string => join(scratchFolder(), 'deep', 'keys.json');
const WISH = { name: 'a', scopes: ['search'], from: [], lifetimeMs: null } as const;

const refusal = (act: () => unknown): EngineError => {
  try {
    act();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('It was not refused');
};

describe('the file', () => {
  it('is the owner’s alone, holds hashes and no secret, and nothing is left beside it', () => {
    const file = freshFile();
    const { key, record } = createKey(file, WISH, START_MS);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(key.split('.')[1]);
    expect(readKeys(file)).toEqual([record]);
    expect(readdirSync(join(file, '..'))).toEqual(['keys.json']);
  });

  it('stays the owner’s alone when a draft of an earlier process lies there, open to all', () => {
    const file = freshFile();
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(`${file}.new`, 'draft', { mode: 0o666 });
    createKey(file, WISH, START_MS);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('that is not there holds no keys', () => {
    expect(readKeys(freshFile())).toEqual([]);
  });

  it('is refused cut anywhere, and a change leaves it as it is', () => {
    const file = freshFile();
    createKey(file, WISH, START_MS);
    const whole = readFileSync(file, 'utf8');
    for (let length = 0; length < whole.trimEnd().length; length += 7) {
      writeFileSync(file, whole.slice(0, length));
      expect(refusal(() => readKeys(file))).toMatchObject({ code: 'config_invalid', place: { file } });
    }
    const cut = readFileSync(file, 'utf8');
    expect(refusal(() => createKey(file, WISH, START_MS)).place.remedy).toContain('wp-chat keys create');
    expect(readFileSync(file, 'utf8')).toBe(cut);
    expect(existsSync(join(file, '..', 'LOCK'))).toBe(false);
  });

  const { record } = keyFor();
  it.each([
    ['another format', { format: 'wp-chat keys 2', keys: [] }, 'format'],
    ['no object', [], ''],
    ['an unknown field', { format: 'wp-chat keys 1', keys: [{ ...record, admin: true }] }, 'keys.0'],
    ['an unknown scope', { format: 'wp-chat keys 1', keys: [{ ...record, scopes: ['root'] }] }, 'keys.0.scopes.0'],
    ['no scope', { format: 'wp-chat keys 1', keys: [{ ...record, scopes: [] }] }, 'keys.0.scopes'],
    ['a short hash', { format: 'wp-chat keys 1', keys: [{ ...record, sha256: 'ab' }] }, 'keys.0.sha256'],
    ['a date that is none', { format: 'wp-chat keys 1', keys: [{ ...record, expiresAt: 'soon' }] }, 'keys.0.expiresAt'],
    ['a network that is none', { format: 'wp-chat keys 1', keys: [{ ...record, from: ['here'] }] }, 'keys.0.from.0'],
    ['an id twice', { format: 'wp-chat keys 1', keys: [record, record] }, 'keys'],
  ])('with %s is refused, the place named', (_, content, place) => {
    const file = join(scratchFolder(), 'keys.json');
    writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
    const { code, message } = refusal(() => readKeys(file));
    expect(code).toBe('config_invalid');
    expect(message).toContain(`Cannot read keys: ${place}`);
  });

  it('that others may write is not trusted', () => {
    const file = freshFile();
    createKey(file, WISH, START_MS);
    for (const mode of [0o602, 0o620, 0o666]) {
      chmodSync(file, mode);
      expect(refusal(() => readKeys(file))).toMatchObject({ place: { remedy: `chmod 600 ${file}` } });
    }
  });

  it('keeps the lock from others no longer than the change, even one that throws', () => {
    const file = freshFile();
    const boom = (): never => {
      throw new Error('boom');
    };
    expect(() => changeKeys(file, boom)).toThrow('boom');
    createKey(file, WISH, START_MS);
    expect(readKeys(file)).toHaveLength(1);
  });
});

describe('a key', () => {
  it('that is revoked is so at once and for good', () => {
    const file = freshFile();
    const { record } = createKey(file, WISH, START_MS);
    expect(stateOf(revokeKey(file, record.id, START_MS), START_MS)).toBe('revoked');
    const [before] = readKeys(file);
    revokeKey(file, record.id, START_MS + 5000);
    expect(readKeys(file)).toEqual([before]);
    expect(refusal(() => rotateKey(file, record.id, 0, START_MS + 1)).code).toBe('request_invalid');
    expect(refusal(() => revokeKey(file, 'wpc_000000000000', START_MS)).code).toBe('not_found');
  });

  it('that is replaced hands on all but its secret and id, and ends after the grace', () => {
    const file = freshFile();
    const wish = { name: 'b', scopes: ['stats', 'backup'], from: ['10.0.0.0/8'], lifetimeMs: 1000 } as const;
    const old = createKey(file, wish, START_MS);
    const next = rotateKey(file, old.record.id, 300, START_MS + 500);
    expect(next.key).not.toBe(old.key);
    const { name, scopes, from } = wish;
    expect(next.record).toMatchObject({ name, scopes, from, expiresAt: '2026-01-01T00:00:01.500Z' });
    const [kept] = readKeys(file);
    expect([stateOf(kept!, START_MS + 799), stateOf(kept!, START_MS + 800)]).toEqual(['active', 'revoked']);
    rotateKey(file, old.record.id, 10_000, START_MS + 600);
    expect(stateOf(readKeys(file)[0]!, START_MS + 800)).toBe('revoked');
    revokeKey(file, next.record.id, START_MS + 700);
    expect(readKeys(file).map((key) => stateOf(key, START_MS + 700))).toEqual(['active', 'revoked', 'active']);
  });
});

describe('a running server', () => {
  it('takes up what changes, keeps the keys where the file is torn, says so once, and heals', () => {
    const file = freshFile();
    const first = createKey(file, WISH, START_MS);
    const ring = new KeyRing(readKeys(file));
    const told: string[] = [];
    const watch = watchKeys({ file, ring, report: (detail) => told.push(detail) });
    const ids = (): string[] => ring.list(START_MS).map(({ id }) => id);
    try {
      const second = createKey(file, WISH, START_MS);
      watch.look();
      expect(ids()).toEqual([first.record.id, second.record.id]);
      const whole = readFileSync(file);
      writeFileSync(file, whole.subarray(0, 40));
      for (let n = 0; n < 5; n++) watch.look();
      expect(ids()).toHaveLength(2);
      expect(told).toEqual([expect.stringContaining('the keys from before stay good')]);
      expect(ring.find(first.key, '', START_MS)).toMatchObject({ state: 'active' });
      writeFileSync(file, whole);
      revokeKey(file, first.record.id, START_MS);
      watch.look();
      expect(ring.find(first.key, '', START_MS)).toMatchObject({ state: 'revoked' });
      rmSync(file);
      watch.look();
      expect(ids()).toEqual([]);
    } finally {
      watch.close();
    }
  });

  it('reads on SIGHUP, and no more when it is closed', () => {
    const file = freshFile();
    const ring = new KeyRing([]);
    const watch = watchKeys({ file, ring, report: () => {} });
    createKey(file, WISH, START_MS);
    process.emit('SIGHUP');
    expect(ring.active(START_MS)).toBe(1);
    watch.close();
    createKey(file, WISH, START_MS);
    process.listeners('SIGHUP').length > 0 && process.emit('SIGHUP');
    expect(ring.active(START_MS)).toBe(1);
  });
});
