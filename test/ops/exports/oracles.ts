/** The programs that must agree with ours: Java's HdrHistogram and Prometheus' promtool, as Debian packages them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const JAR = '/usr/share/java/hdrhistogram.jar';
const JAVA = '/usr/bin/java';
export const PROMTOOL = '/usr/bin/promtool';

function present(packages: string, ...paths: readonly string[]): boolean {
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0) process.stdout.write(`Skipped, no ${missing.join(', ')}; install ${packages}\n`);
  return missing.length === 0;
}

export const hasJava = present('libhdrhistogram-java and a Java runtime', JAVA, JAR);
export const hasPromtool = present('prometheus', PROMTOOL);

/** What Java's HistogramLogProcessor says to these arguments. */
export function processLog(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(JAVA, ['-cp', JAR, 'org.HdrHistogram.HistogramLogProcessor', ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`HistogramLogProcessor: ${stderr}`);
  return stdout;
}

/** What `promtool check metrics` says of this text: nothing, and 0, where it has no finding. */
export function checkMetrics(text: string): { readonly status: number | null; readonly findings: string } {
  const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  return { status, findings: stdout + stderr };
}
