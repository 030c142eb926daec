import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.ts';

const REQUESTS = 5000;

/** What `make fuzz` runs with a million. */
it('random and mutated requests draw no 5xx, kill nothing, leak nothing and change no answer', () => {
  const seed = Date.now() % 2 ** 31;
  const program = join(packageRoot, 'dist/test/fuzz/run.js');
  const run = spawnSync(process.execPath, [program, String(REQUESTS), String(seed)], { encoding: 'utf8' });
  expect(run.status, `${run.stdout}${run.stderr}`).toBe(0);
  const { answers, faults } = JSON.parse(run.stdout);
  const context = `seed ${seed}: ${run.stdout}`;
  expect(faults, context).toEqual([]);
  expect(answers['200'], context).toBeGreaterThan(REQUESTS / 10);
  expect(answers['400'], context).toBeGreaterThan(REQUESTS / 10);
});
