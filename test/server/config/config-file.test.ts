import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../../engine/package-root.ts';
import { configSchema, loadConfig, settings } from '../../../server/config/index.ts';

const path = join(packageRoot, 'config.yml');

it('the config.yml that ships holds every setting at its default', () => {
  const { config, origins } = loadConfig({ file: path, environment: {}, flags: [] });
  expect(config).toEqual(configSchema.parse({}));
  for (const { key } of settings) expect(origins.get(key)?.origin, key).toMatch(/config\.yml:\d+$/);
  expect(configSchema.parse(parse(readFileSync(path, 'utf8')))).toEqual(config);
});

it('each line of it says what the setting does and what is allowed', () => {
  const lines = readFileSync(path, 'utf8').split('\n');
  for (const { key, about, allowed } of settings) {
    expect(
      lines.some(
        (line) => line.trim().startsWith(`${key.split('.').at(-1)}:`) && line.includes(`# ${about}; ${allowed}`),
      ),
      key,
    ).toBe(true);
  }
});
