/** A rehearsal as a page: what held, what did not, how soon, with a drawing of each scenario. */
import type { GamedayReport, Result } from '../result.ts';
import { incidentsOf, shownS } from './table.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** @param plots file of the drawing of a scenario */
export function gamedayMarkdown(report: GamedayReport, plots: Readonly<Record<string, string>> = {}): string {
  const { passed, startedMs, tookS, seed, results, leftOut } = report;
  const rows = results.map(
    (result) =>
      `| ${result.passed ? 'held' : '**failed**'} | \`${result.scenario}\` | ${cell(result.title)} | ${incidentsOf(result)} | ${[
        result.times.detectedS,
        result.times.actedS,
        result.times.fastAgainS,
        result.times.recoveredS,
      ]
        .map(shownS)
        .join(' | ')} |`,
  );
  return [
    `# Gameday: ${passed ? 'passed' : 'failed'}`,
    '',
    `${new Date(startedMs).toISOString()}, ${Math.round(tookS)} s, seed ${seed}. Times are from the first moment of the fault, as seen from outside.`,
    '',
    '|  | Scenario | What goes wrong | Incidents | Noticed | Acted by itself | p95 < 800 ms again | Recovered |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...leftOut.map(({ scenario, why }) => `Left out: \`${scenario}\`, since ${why}.\n`),
    ...results.flatMap((result) => section(result, plots[result.scenario] ?? null)),
  ].join('\n');
}

function section({ scenario, title, failures, incidents, seen }: Result, plot: string | null): string[] {
  const after = (atMs: number): string => `${((atMs - seen.onsetMs) / 1000).toFixed(1)} s`;
  const timeline = incidents.flatMap(({ type, typedMs, summary, actions }) => [
    `- ${after(typedMs)}: \`${type}\`: ${summary}`,
    ...actions.map(({ atMs, action, phase, by }) => `- ${after(atMs)}: \`${action}\` ${phase}, by ${by}`),
  ]);
  return [
    `## ${scenario}: ${title}`,
    '',
    ...failures.map((failure) => `**${failure}.**\n`),
    ...timeline,
    `- ${after(seen.withdrawnMs)}: over`,
    '',
    ...(plot === null ? [] : [`![95th percentile and failures of ${scenario} over time](${plot})`, '']),
  ];
}
