/** The format's own reader: Java's HistogramLogProcessor, where Debian's libhdrhistogram-java and a JRE are installed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Of the machine, not of a package. */
const JAVA = 'java';
const JAR = '/usr/share/java/hdrhistogram.jar';

/** Why it cannot be asked; null where it can. */
export const javaMissing: string | null = !existsSync(JAR)
  ? `${JAR} is absent (libhdrhistogram-java)`
  : spawnSync(JAVA, ['-version']).status === 0
    ? null
    : 'no Java runtime';

export interface JavaSummary {
  readonly total: number;
  readonly mean: number;
  readonly max: number;
  /** Values by percentile of the distribution that it prints, with the cumulative count. */
  readonly lines: readonly { readonly value: number; readonly percentile: number; readonly count: number }[];
}

/** The whole log as one distribution, in recorded units divided by `unitRatio`. */
export function javaSummary(file: string, unitRatio: number, tag: string | null = null): JavaSummary {
  const run = spawnSync(
    JAVA,
    [
      ...['-cp', JAR, 'org.HdrHistogram.HistogramLogProcessor'],
      ...['-i', file, '-outputValueUnitRatio', String(unitRatio)],
      ...(tag === null ? [] : ['-tag', tag]),
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (run.status !== 0) throw new Error(run.stderr);
  const distribution = run.stdout.slice(run.stdout.indexOf('Value     Percentile'));
  const lines = [...distribution.matchAll(/^\s*([\d.]+)\s+([\d.]+)\s+(\d+)(?:\s+[\d.]+|\s+Infinity)?\s*$/gm)].map(
    ([, value, percentile, count]) => ({
      value: Number(value),
      percentile: Number(percentile) * 100,
      count: Number(count),
    }),
  );
  const fact = (name: string): number => Number(new RegExp(`${name}\\s*=\\s*([\\d.]+)`).exec(distribution)![1]);
  return { total: fact('Total count'), mean: fact('Mean'), max: fact('Max'), lines };
}
