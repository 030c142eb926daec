/** An index that an older version wrote: it opens and answers, or the message says what to do. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../engine/clock.ts';
import { packageRoot } from '../../../engine/package-root.ts';
import { currentGeneration, INDEX_FORMAT, swapGeneration, verifyCurrent } from '../../../engine/store/index.ts';
import { verifyGeneration } from '../../../engine/store/verify/verify.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { configFor, idsWith, opened } from '../build/sample-build.ts';

const FIXTURES = join(packageRoot, 'test/fixtures/index');
const formats = Array.from({ length: INDEX_FORMAT }, (_, at) => at + 1);

function copy(format: number): string {
  const index = scratchFolder();
  cpSync(join(FIXTURES, `format-${format}`), index, { recursive: true });
  return index;
}

it('every format that was ever written has an index here', () => {
  expect(readdirSync(FIXTURES).filter((name) => name.startsWith('format-'))).toEqual(formats.map((n) => `format-${n}`));
});

describe.each(formats)('format %i', (format) => {
  it('opens and answers', async () => {
    const config = configFor(copy(format));
    expect((await verifyCurrent(config.index.directory)).manifest.format).toBe(format);
    await opened(config, (generation) => {
      expect(generation.columns.posts).toBe(4);
      expect(idsWith(generation, 'dough')).toEqual(['2']);
      expect(generation.post(0)).toMatchObject({ title: 'Backups', author: 'Ada', categories: ['Operations'] });
      expect(generation.passage(1).text).toContain('Knead the dough');
      expect(generation.passageTokens(1).length).toBeGreaterThan(5);
    });
  });

  it('passes verification, is swapped to, and then has a pointer of today', async () => {
    const index = copy(format);
    const generation = currentGeneration(index)!;
    const job = {
      index,
      generation,
      expansionSearch: 64,
      bytesPerSecondMax: null,
      deadlineMs: null,
      resume: null,
      seed: 1,
    };
    const ports = { clock: systemClock, sleep: async () => {}, progress: () => {} };
    const report = await verifyGeneration(job, ports);
    expect(report.findings).toEqual([]);
    expect(report.verdict).toBe('sound');
    expect(report.checks.map(({ state }) => state)).not.toContain('failed');
    await swapGeneration(index, generation);
    expect((await verifyCurrent(index)).manifest.format).toBe(format);
  });
});
