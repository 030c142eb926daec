/** A rehearsal in lines of a terminal. */
import type { GamedayReport, Result } from '../result.ts';

const HEAD = ['', 'SCENARIO', 'INCIDENTS', 'NOTICED', 'ACTED', 'P95 GOOD', 'RECOVERED', 'WHAT WENT WRONG'];

export const shownS = (value: number | null): string => (value === null ? '–' : `${value} s`);

export const incidentsOf = ({ incidents }: Result): string =>
  incidents.map(({ type }) => type).join(', ') || (incidents.length === 0 ? 'none' : '');

const cells = (result: Result): string[] => {
  const { passed, scenario, times, failures } = result;
  return [
    passed ? 'ok' : 'FAILED',
    scenario,
    incidentsOf(result),
    shownS(times.detectedS),
    shownS(times.actedS),
    shownS(times.fastAgainS),
    shownS(times.recoveredS),
    failures.join('; '),
  ];
};

/** Rows of equal width; the last cell is as long as it is. */
export function gamedayTable({ results }: Pick<GamedayReport, 'results'>): string {
  const rows = [HEAD, ...results.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const drawn = rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at]!)))
      .join('  ')
      .trimEnd(),
  );
  const failed = results.filter(({ passed }) => !passed).length;
  const faults = results.filter(({ expected }) => expected !== null);
  const decoys = results.filter(({ expected }) => expected === null);
  const held = (of: readonly Result[]): string => `${of.filter(({ passed }) => passed).length} of ${of.length}`;
  const sums = [
    ...(faults.length === 0 ? [] : [`${held(faults)} faults noticed, dealt with and over within their bounds`]),
    ...(decoys.length === 0 ? [] : [`${held(decoys)} decoys silent`]),
  ];
  return `${drawn.join('\n')}\n\n${sums.join(', ')}: ${failed === 0 ? 'passed' : 'failed'}`;
}

export const resultLine = (result: Result): string => {
  const { passed, scenario, times, failures } = result;
  const noticed = times.detectedS === null ? 'nothing noticed' : `noticed after ${times.detectedS} s`;
  return `${passed ? 'ok' : 'FAILED'} ${scenario}: ${noticed}${failures.length === 0 ? '' : `; ${failures.join('; ')}`}`;
};
