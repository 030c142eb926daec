/** Tables in Markdown from the JSON results of a folder: what README quotes is found there. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../engine/errors.ts';
import { type BenchResult, type Measure, readResult } from './result.ts';

/**
 * Writes `README.md` beside the results `<name>.json` and returns its path; what else is in the folder is not looked at.
 * @throws EngineError source_unreadable where there are none
 */
export function writeReport(folder: string, names: readonly string[]): string {
  const files = names.map((name) => join(folder, `${name}.json`)).filter((file) => existsSync(file));
  if (files.length === 0) {
    throw new EngineError('source_unreadable', `Cannot report: none of ${names.join(', ')} has a result in ${folder}`, {
      file: folder,
      remedy: `Measure first: wp-chat bench all --out ${folder}`,
    });
  }
  const report = join(folder, 'README.md');
  writeFileSync(report, reportOf(files.map(readResult)));
  return report;
}

function reportOf(results: readonly BenchResult[]): string {
  const head = `# Benchmark results

Written by \`wp-chat bench report\` from the JSON files beside it; do not edit. Numbers are medians over rounds. A ratio
is taken round by round between two numbers of the same run, with its lowest and highest round in brackets.
`;
  return `${[head, ...results.map(section)].join('\n')}`;
}

function section(result: BenchResult): string {
  const { name, smoke, about, machine, parameters, workSha256, seconds } = result;
  const facts = [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, Linux ${machine.kernel}`,
    `${machine.date.slice(0, 10)}, load before ${machine.loadBefore.join(' ')}, ${seconds} s in all`,
    Object.entries(parameters)
      .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(', ') : value}`)
      .join('; '),
    `work ${workSha256.slice(0, 16)}`,
  ];
  return [
    `## ${name}${smoke ? ' (smoke run: it ran, and measured nothing)' : ''}\n`,
    ...about.map((line) => `${line}\n`),
    `${facts.map((fact) => `- ${fact}`).join('\n')}\n`,
    measureTable(result.measures),
    ratioTable(result),
  ].join('\n');
}

const measureTable = (measures: readonly Measure[]): string => {
  const [head, ...rows] = measureRows(measures);
  return markdown(head!, rows);
};

/** A head and a row for each subject under each condition, a column for each metric. */
export function measureRows(measures: readonly Measure[]): string[][] {
  const metrics = [...new Set(measures.map(({ metric }) => metric))];
  const rows = new Map<string, { subject: string; condition: string; medians: Map<string, number> }>();
  for (const { subject, condition, metric, median } of measures) {
    const key = JSON.stringify([subject, condition]);
    const row = rows.get(key) ?? { subject, condition, medians: new Map() };
    row.medians.set(metric, median);
    rows.set(key, row);
  }
  const cells = (medians: ReadonlyMap<string, number>): string[] =>
    metrics.map((metric) => (medians.has(metric) ? shown(medians.get(metric)!) : ''));
  return [
    ['subject', 'condition', ...metrics],
    ...[...rows.values()].map(({ subject, condition, medians }) => [subject, condition, ...cells(medians)]),
  ];
}

const ratioTable = ({ ratios }: BenchResult): string =>
  markdown(
    ['ratio', 'median', 'rounds', 'better'],
    ratios.map(({ name, median, rounds, better }) => [
      name,
      shown(median),
      `[${shown(Math.min(...rounds))}, ${shown(Math.max(...rounds))}]`,
      better,
    ]),
  );

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return `${[line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')}\n`;
}

/** Three significant digits, or whole where it is larger. */
export const shown = (value: number): string =>
  Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
