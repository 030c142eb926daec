import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterwards } from './afterwards.ts';

/** An empty folder that is gone when the tests of this file are. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wp-chat-scratch-'));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
