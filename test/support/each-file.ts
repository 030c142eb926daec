/** Runs anew for each file of tests, before it. Hooks that were given first run last: everything of the file itself is over by then. */
import { afterAll } from 'vitest';
import { undoAll } from './afterwards.ts';

afterAll(undoAll);
