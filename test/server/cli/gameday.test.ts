/** `wp-chat gameday`: what it refuses before it begins, and a fault that is dealt with on a real server. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { askCli, runCli } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { sampleIndex } from '../../support/server.ts';

it.each([
  [
    'a fault that there is not',
    ['--only', 'earthquake'],
    /--only: expected none, or names .*high_latency.*, got: earthquake/,
  ],
  ['a decoy for a fault', ['--only', 'blips'], /--only: expected .*, got: blips/],
  ['an empty name', ['--decoys', 'blips,'], /--decoys: expected .*, got: $/m],
  ['nothing at all', ['--only', 'none', '--decoys', 'none'], /expected something to rehearse/],
  ['a seed that is none', ['--seed', 'lucky'], /--seed: expected a whole number from 0 .*, got: lucky/],
  [
    'a server elsewhere',
    ['--url', 'http://192.0.2.1:8080'],
    /only this machine itself .*, got: http:\/\/192\.0\.2\.1:8080/,
  ],
  ['no address', ['--url', 'localhost'], /--url: expected an http:\/\/ address, got: localhost/],
])('refuses %s, before anything is started', async (_, words, said) => {
  const { code, err, out } = await askCli(['gameday', ...words]);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(said);
});

it('a cache that fails is noticed and turned off, and everything is as before; the report says when', async () => {
  const folder = scratchFolder();
  const words = ['--only', 'cache_failure', '--decoys', 'none', '--seed', '7', '--out', folder, '--json'];
  const { code, out, err } = await runCli(['--set', `index.directory=${sampleIndex()}`, 'gameday', ...words]);
  // How soon is this machine's affair; what is done is not.
  const { results } = JSON.parse(out) as { results: [{ incidents: [{ type: string; actions: object[] }] }] };
  expect(results[0].incidents.map(({ type }) => type)).toEqual(['cache_failure']);
  expect(results[0].incidents[0].actions).toContainEqual(
    expect.objectContaining({ action: 'disable_cache', phase: 'succeeded', by: 'runbook' }),
  );
  expect(code === 0).toBe((results as { passed?: boolean }[]).every(({ passed }) => passed));
  expect(err).toContain('cache_failure: noticed after');
  const svg = readFileSync(join(folder, 'gameday.cache_failure.svg'), 'utf8');
  expect(svg).toContain('cache_failure: The cache fails each time');
  expect(readFileSync(join(folder, 'gameday.md'), 'utf8')).toContain(`](gameday.cache_failure.svg)`);
  expect(existsSync(join(folder, 'gameday.json'))).toBe(true);
}, 120_000);
