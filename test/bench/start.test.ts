/** The made-up index that starts are measured over is one that the real server serves, and a small round of it runs. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../engine/package-root.ts';

const dist = join(packageRoot, 'dist');

test('a start over a made-up index is answered with results, and nothing is left of the index', {
  timeout: 60_000,
}, () => {
  const run = spawnSync(process.execPath, [join(dist, 'bench/start/run.js')], {
    encoding: 'utf8',
    env: { ...process.env, BENCH_SCALE: 'smoke' },
  });
  expect(run.status, run.stderr).toBe(0);
  const { indexes } = JSON.parse(readFileSync(join(dist, 'start.json'), 'utf8'));
  const [{ passages, posts, starts }] = indexes;
  expect([passages, posts]).toEqual([500, 125]);
  for (const { listensMs, answeredMs, pssBytes, cachedBytes } of starts[0].rounds) {
    expect(answeredMs).toBeGreaterThan(listensMs);
    expect(pssBytes).toBeGreaterThan(0);
    // What is dropped is dropped, where anybody can say so.
    expect(cachedBytes ?? 0).toBe(0);
  }
  expect(readFileSync(join(dist, 'start.md'), 'utf8')).toContain('| 500 | hybrid | dropped |');
  expect(readdirSync(dist).filter((name) => name.startsWith('bench-start-'))).toEqual([]);
});
