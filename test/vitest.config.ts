import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './slowest-first.ts';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // What a file leaves behind is undone by test/support/each-file.ts; loading the packages once and not for each of 260 files takes minutes off.
    isolate: false,
    setupFiles: ['test/support/each-file.ts'],
    sequence: { sequencer: SlowestFirst },
    // Many tests wait for processes of their own: one more at a time than the two cores they are run on.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
});
