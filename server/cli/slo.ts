import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import type { ObjectiveStatus, Verdict } from '../../ops/index.ts';
import {
  isPage,
  type Judgement,
  judgementOf,
  judgementOfFile,
  type LastRecord,
  lastRecord,
  openSlo,
  openSloAsYaml,
  prometheusRules,
  rulesAsYaml,
  shorthandOf,
} from '../../ops/slo/index.ts';
import type { Config } from '../config/index.ts';
import { configOf, EXIT, print, table } from './command.ts';
import { asksServer, type LiveOptions, liveServerIfAny, serverUrl } from './live.ts';

/** What `GET /stats/slo` answers. */
interface SloAnswer {
  readonly time: string;
  readonly objectives: readonly ObjectiveStatus[];
  readonly detectors: readonly Verdict[];
}

export const sloCommand = (): Command =>
  new Command('slo')
    .description('The objectives: are they kept, what is left of their budgets, and how do other tools see them?')
    .addHelpText('after', '\nExample:\n  $ wp-chat slo status')
    .addCommand(statusCommand())
    .addCommand(exportCommand())
    .addCommand(checkCommand());

const statusCommand = (): Command =>
  asksServer(new Command('status'))
    .description(
      'Budgets and burn rates of the running server; of a dead one, its last record. Exit 1 while a page fires',
    )
    .addHelpText('after', '\nExample:\n  $ wp-chat slo status --json')
    .action(async (options: LiveOptions, command: Command) => {
      const { config } = configOf(command);
      const live = await liveServerIfAny(config, options, 'operators');
      if (live === null) {
        const last = readRecord(config);
        print(command, { source: 'file', ...last }, () => pastTable(last, serverUrl(config, 'operators')));
        return;
      }
      const answer = await live.ask<SloAnswer>('GET', '/stats/slo');
      const firing = answer.objectives.flatMap(({ burns }) => burns.filter((burn) => burn.firing));
      if (firing.some(({ severity }) => isPage(severity))) process.exitCode = EXIT.failed;
      print(command, { source: 'server', ...answer }, () => statusTable(answer));
    });

const exportCommand = (): Command =>
  new Command('export')
    .description('Objectives and alerts as an OpenSLO file, or as rules for Prometheus')
    .addOption(new Option('--format <format>', 'what to write').choices(['openslo', 'prometheus']).default('openslo'))
    .option('--out <file>', 'write there, not to standard output')
    .addHelpText('after', '\nExample:\n  $ wp-chat slo export --format prometheus --out wp-chat.rules.yml')
    .action(({ format, out }: { format: 'openslo' | 'prometheus'; out?: string }, command: Command) => {
      const { objectives, tiers } = judgementOf(configOf(command).config.ops.slo);
      const written =
        format === 'openslo'
          ? yaml(openSlo(objectives, tiers), openSloAsYaml)
          : yaml(prometheusRules(objectives, tiers), rulesAsYaml);
      if (out === undefined) return print(command, written.data, () => written.text.trimEnd());
      write(out, written.text);
      print(command, { file: out, objectives: objectives.length }, () => `${objectives.length} objectives in ${out}`);
    });

const checkCommand = (): Command =>
  new Command('check')
    .description('Read an OpenSLO file as the server would, and say what of it cannot be kept')
    .argument('<file>', 'the file')
    .addHelpText('after', '\nExample:\n  $ wp-chat slo check slo.yml')
    .action((file: string, _, command: Command) => {
      const judgement = judgementOfFile(file, configOf(command).config.ops.slo);
      print(command, judgement, () => judgementTable(judgement));
    });

const yaml = <Data>(data: Data, textOf: (data: Data) => string): { data: Data; text: string } => ({
  data,
  text: textOf(data),
});

/** A record of the file that was written last, or of the one rotated before it. */
function readRecord(config: Config): LastRecord {
  const file = join(config.logs.directory, 'slo_metrics.jsonl');
  let skippedLines = 0;
  for (const path of [file, `${file}.1`]) {
    try {
      const last = lastRecord(path);
      skippedLines += last.skippedLines;
      if (last.record !== null) return { ...last, skippedLines };
    } catch {
      // Not there, or not ours to read: the refusal below says where a record was looked for.
    }
  }
  throw new EngineError(
    'source_unreadable',
    `No server answers at ${serverUrl(config, 'operators')}, and there is no record of one: ${file}${skipped(skippedLines)}`,
    { file, remedy: 'Start it with wp-chat serve, or name its logs: --set logs.directory=…' },
  );
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new EngineError('internal', `Cannot write: ${(error as NodeJS.ErrnoException).code}: ${file}`, {
      file,
      remedy: 'Name a file in a folder that can be written: --out FILE',
    });
  }
}

const skipped = (lines: number): string => (lines === 0 ? '' : `; lines skipped, torn or none of ours: ${lines}`);
const percent = (value: number | null, digits: number): string => (value === null ? '–' : `${value.toFixed(digits)} %`);
const goal = ({ thresholdMs }: ObjectiveStatus): string => (thresholdMs === null ? '' : ` within ${thresholdMs} ms`);

function statusTable({ time, objectives, detectors }: SloAnswer): string {
  const burn = (value: number | null): string => (value === null ? '–' : value.toFixed(1));
  const pairs = objectives[0]?.burns ?? [];
  const head = [
    'OBJECTIVE',
    'TARGET',
    'ATTAINED',
    'BUDGET LEFT',
    'EVENTS',
    ...pairs.map(({ longS, shortS }) => `BURN ${shorthandOf(longS)}/${shorthandOf(shortS)}`),
    'FIRING',
  ];
  const rows = objectives.map((one) => [
    one.name,
    `${one.targetPercent} %${goal(one)}, ${one.windowDays} d`,
    percent(one.attainedPercent, 3),
    percent(one.budgetLeftPercent, 1),
    String(one.total),
    ...one.burns.map(({ burnLong, burnShort }) => `${burn(burnLong)}/${burn(burnShort)}`),
    one.burns.flatMap(({ firing, severity }) => (firing ? [severity] : [])).join(', ') || '–',
  ]);
  const seen = detectors
    .filter(({ firing }) => firing)
    .map(({ detector, severity, why }) => [detector, severity!, why]);
  return [
    time,
    table([head, ...rows]),
    ...(seen.length === 0 ? [] : [table([['DETECTOR', 'SEVERITY', 'WHY'], ...seen])]),
  ].join('\n\n');
}

function pastTable({ file, record, skippedLines }: LastRecord, url: string): string {
  const rows = record!.objectives.map(({ name, good, total, budgetLeftPercent }) => [
    name,
    percent(total === 0 ? null : (100 * good) / total, 3),
    percent(budgetLeftPercent, 1),
    String(total),
  ]);
  return `No server answers at ${url}. Its last record, of ${record!.time}, in ${file}${skipped(skippedLines)}\n\n${table(
    [['OBJECTIVE', 'ATTAINED', 'BUDGET LEFT', 'EVENTS'], ...rows],
  )}`;
}

const judgementTable = ({ objectives, tiers }: Judgement): string =>
  [
    table([
      ['OBJECTIVE', 'GOOD', 'TARGET', 'WINDOW', 'ENDPOINTS'],
      ...objectives.map(({ name, indicator, targetPercent, windowDays, endpoints }) => [
        name,
        indicator.kind === 'latency' ? `within ${indicator.thresholdMs} ms` : 'answered',
        `${targetPercent} %`,
        `${windowDays} d`,
        endpoints.join(' '),
      ]),
    ]),
    table([
      ['SEVERITY', 'BURN', 'OVER'],
      ...tiers.map(({ severity, burnMax, longS, shortS }) => [
        severity,
        `> ${burnMax}`,
        `${shorthandOf(longS)} and ${shorthandOf(shortS)}`,
      ]),
    ]),
  ].join('\n\n');
