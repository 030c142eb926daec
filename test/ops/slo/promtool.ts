/** Prometheus's own tool as the judge of our rules. */
import { spawnSync } from 'node:child_process';

const path = process.env['PROMTOOL_PATH'] ?? 'promtool';

/** Tests of rules are skipped where this is false. */
export const hasPromtool = spawnSync(path, ['--version']).status === 0;
if (!hasPromtool)
  process.stdout.write(`Skipped, no promtool: ${path}; install Debian's prometheus, or set PROMTOOL_PATH\n`);

/** Its exit code, and all that it said. */
export function promtool(...words: readonly string[]): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(path, words, { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  return { code: status, said: stdout + stderr };
}
