import { join } from 'node:path';
import { scratchFolder } from './scratch.ts';
import { copySampleIndex } from './server.ts';

/** An index of one's own, for tests that change it; gone when the tests of this file are. */
export const sampleIndexCopy = (): string => copySampleIndex(join(scratchFolder(), 'index'));
