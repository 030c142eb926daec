import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { loadConfig, type Setting, settings } from '../../../server/config/index.ts';
import { runs } from '../../support/runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'wp-chat-config-'));
let serial = 0;
const file = (text: string): string => {
  const path = join(folder, `${++serial}.yml`);
  writeFileSync(path, text);
  return path;
};
const load = (text: string, environment: Record<string, string> = {}, flags: string[] = []) =>
  loadConfig({ file: file(text), environment, flags });
const faultsOf = (text: string, environment: Record<string, string> = {}, flags: string[] = []): string => {
  try {
    load(text, environment, flags);
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError);
    expect((error as EngineError).code).toBe('config_invalid');
    return (error as EngineError).message;
  }
  throw new Error('The configuration was accepted');
};

describe('layers', () => {
  it('flag wins over environment over file over default, and each value knows its origin', () => {
    const text = 'server:\n  port: 1001\n  workers: 3\nretrieval:\n  topk: 7\n';
    const { config, origins } = load(text, { WP_CHAT_SERVER_PORT: '1002', WP_CHAT_SERVER_WORKERS: '4' }, [
      'server.port=1003',
    ]);
    expect([config.server.port, config.server.workers, config.retrieval.topk, config.retrieval.bm25.b]).toEqual([
      1003, 4, 7, 0.4,
    ]);
    expect(origins.get('server.port')?.origin).toBe('--set server.port');
    expect(origins.get('server.workers')?.origin).toBe('WP_CHAT_SERVER_WORKERS');
    expect(origins.get('retrieval.topk')?.origin).toMatch(/\.yml:5$/);
    expect(origins.get('retrieval.bm25.b')?.origin).toBe('default');
  });

  it('PORT sets the port, and the longer name wins over it', () => {
    expect(load('', { PORT: '9000' }).config.server.port).toBe(9000);
    expect(load('', { PORT: '9000', WP_CHAT_SERVER_PORT: '9001' }).config.server.port).toBe(9001);
  });

  it('every setting can be set from each layer', () => {
    for (const setting of settings) {
      const value = otherValue(setting);
      const yaml = setting.key
        .split('.')
        .map((part, depth) => `${'  '.repeat(depth)}${part}:`)
        .join('\n');
      const read = (loaded: ReturnType<typeof load>) => loaded.origins.get(setting.key)?.value;
      expect(read(load(`${yaml} ${JSON.stringify(value)}\n`))).toEqual(value);
      const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
      expect(read(load('', { [setting.variable]: text }))).toEqual(value);
      expect(read(load('', {}, [`${setting.key}=${text}`]))).toEqual(value);
    }
  });
});

describe('refusals', () => {
  it('an unknown key names file, line, key, value and the nearest known key', () => {
    expect(faultsOf('server:\n  prot: 80\n')).toMatch(
      /\.yml:2: unknown key server\.prot: 80; did you mean server\.port\?/,
    );
  });
  it('a value out of range names file, line, key, value and range', () => {
    expect(faultsOf('retrieval:\n  bm25:\n    k1: 9\n')).toMatch(
      /\.yml:3: retrieval\.bm25\.k1: expected a number from 0 to 3, got 9/,
    );
  });
  it('a wrong type from the environment names the variable', () => {
    expect(faultsOf('', { WP_CHAT_SERVER_WORKERS: 'many' })).toBe(
      'WP_CHAT_SERVER_WORKERS: server.workers: expected a whole number from 0 to 256, got "many"',
    );
  });
  it('what is wrong inside of a setting with keys of its own names the key, and shows no secret', () => {
    const yaml =
      'incidents:\n  notify:\n    channels: { room: { kind: slack, secret: "https://hooks.slack.com/x" } }\n';
    expect(faultsOf(yaml)).toMatch(
      /\.yml:3: incidents\.notify\.channels\.room\.secret: expected the name of an environment variable.*not shown$/,
    );
  });
  it('a misspelt variable is refused', () => {
    expect(faultsOf('', { WP_CHAT_SERVER_PROT: '1' })).toContain('did you mean WP_CHAT_SERVER_PORT?');
  });
  it('a misspelt flag and one without a value are refused', () => {
    expect(faultsOf('', {}, ['server.prot=1', 'server.port'])).toMatch(
      /unknown key server\.prot.*\n.*expected key=value/,
    );
  });
  it('broken YAML names its line', () => {
    expect(faultsOf('server:\n  port: [1\n')).toMatch(/\.yml:\d+: not readable as YAML/);
  });
  it('all faults are reported at once', () => {
    expect(faultsOf('server:\n  port: x\n  nope: 1\nlogs: 3\n').split('\n')).toHaveLength(3);
  });
  it('a named file that is not there is a fault', () => {
    expect(() => loadConfig({ file: join(folder, 'absent.yml'), environment: {}, flags: [] })).toThrow('no such file');
  });
  it('no text makes it fail in another way', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          load(text);
        } catch (error) {
          expect(error).toBeInstanceOf(EngineError);
        }
      }),
      runs(100),
    );
  });
});

function otherValue({ type, preset, allowed, about }: Setting): string | number | boolean | object {
  if (type === 'object') return { room: { kind: 'slack', secret: 'ROOM' } };
  if (type === 'array') return [{ repeat: 'weekly', days: ['sun'], from: '02:00', to: '04:00', reason: 'backups' }];
  if (about.startsWith('Channels that reach')) return ' ';
  if (type === 'boolean') return !preset;
  if (allowed.startsWith('one of')) return allowed.slice(7).split(', ').at(-1)!;
  if (about.startsWith('Redis ')) return 'redis://localhost';
  if (about.includes('CIDR ranges')) return '192.0.2.0/24';
  if (about.includes('in UTC, as 03:30')) return '03:30';
  if (about.includes('as origins') || about.startsWith('Address under which')) return 'https://example.com';
  if (type === 'string') return 'other';
  const [low, high] = allowed.match(/-?[\d.]+/g)!.map(Number) as [number, number];
  return preset === low ? high : low;
}
