/** `wp-chat capacity`: how much can this server take, what stops it, and what would one core more give? */
import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import {
  answerCapacity,
  type CapacityCheck,
  type CapacityReport,
  checkOf,
  type Generator,
  isSpread,
  loadsOfSweep,
  loopbackTarget,
  markdownOf,
  openGenerator,
  readSource,
  runSweep,
  type Source,
  type Sweep,
  type SweepPlan,
  searchesSoFar,
  serverFacts,
  shown,
  stepPlan,
  writeReport,
} from '../../ops/capacity/index.ts';
import type { Config } from '../config/index.ts';
import {
  batchMaxOf,
  type CapacityOptions,
  nowOf,
  seedOf,
  sweepPlanOf,
  thresholdOf,
  unitRatioOf,
  workersOf,
} from './capacity-options.ts';
import { configOf, globalOptions, print } from './command.ts';
import { requireLive, serverUrl } from './live.ts';

const HELP = `
Requests come when they are due, whatever the server does, and their latency counts from then; they are sent by a process of
its own, and only to this machine. With --rates auto the rate rises until p95 passes the threshold or requests fail, then closes
in. Without --queries, those of the sample site are asked, each in words that were not asked before (--fresh 1): the most work
that a request can be. With --from nothing is sent: a sweep or any interval logs (.hlog) are read.

Examples:
  $ wp-chat capacity --url http://127.0.0.1:8080 --seconds 30 --out capacity --check
  $ wp-chat capacity --from capacity/capacity.hlog --threshold-ms 500 --now 2.5`;

export const capacityCommand = (): Command =>
  new Command('capacity')
    .description('How many requests a second the server can take, what stops it, what one core more gives')
    .option('--url <address>', 'server to sweep, on this machine (default: server.host and server.port)')
    .option('--from <files...>', 'read a sweep or interval logs instead')
    .option('--threshold-ms <number>', 'latency that the 95th percentile may have', '800')
    .option('--rates <numbers>', 'requests a second of each step, rising: 10,20,40', 'auto')
    .option('--min-rate <number>', 'first rate of auto', '1')
    .option('--max-rate <number>', 'highest rate of auto', '10000')
    .option(
      '--seconds <number>',
      'time of a step; up to four times that where fewer than 100 requests would come',
      '10',
    )
    .option('--arrivals <kind>', 'poisson or uniform', 'poisson')
    .option('--queries <file>', 'one a line, as text or JSON with a field text')
    .option(
      '--fresh <share>',
      'share of requests with a query that was not asked before, 0 to 1 (default: 1, with --queries 0)',
    )
    .option('--parameters <query>', 'of each request: topk=10&rerank=true', '')
    .option('--deadline-ms <number>', 'a request without an answer by then is given up', '15000')
    .option('--max-requests <number>', 'of the whole sweep', '1000000')
    .option('--max-seconds <number>', 'of the whole sweep', '3600')
    .option(
      '--seed <number>',
      'of arrivals, queries and intervals; one that was used asks the same queries (default: another each time)',
    )
    .option(
      '--now <number>',
      'requests a second that the server gets at present (default: as /stats/metrics counts them)',
    )
    .option('--workers <number>', 'worker threads of the server (default: as it says)')
    .option('--batch-max <number>', 'queries that a worker is given at once (default: server.dispatchQueriesMax)')
    .option('--tag <tag>', 'read only these lines of a log')
    .option('--unit-ratio <number>', 'recorded units of a log that make a millisecond (default: as its maxima say)')
    .option('--check', 'run the answer, and tell what came of it', false)
    .option('--out <folder>', 'write report, drawings, sweep and log there')
    .addHelpText('after', HELP)
    .action(async (options: CapacityOptions, command: Command) => {
      const { config } = configOf(command);
      const quiet = globalOptions(command).json;
      const say = (text: string): void => void (quiet || process.stderr.write(`${text}\n`));
      const { report, sweep } =
        options.from === undefined ? await measure(options, config, say) : await read(options, config, options.from);
      if (options.out !== undefined) for (const file of writeReport(options.out, report, sweep)) say(`wrote ${file}`);
      print(command, report, () => markdownOf(report).trimEnd());
    });

interface Told {
  readonly report: CapacityReport;
  readonly sweep: Sweep | null;
}

async function read(options: CapacityOptions, config: Config, files: readonly string[]): Promise<Told> {
  if (options.check)
    throw new EngineError('request_invalid', '--check: expected a sweep that is run now, got: --from', {
      field: 'check',
      remedy: 'Leave --from or --check out',
    });
  const source = await readSource(files, { tag: options.tag ?? null, unitsPerMs: unitRatioOf(options) });
  return { report: reportOf(source, options, config, { nowPerSecond: nowOf(options) }), sweep: source.sweep };
}

function reportOf(
  source: Source,
  options: CapacityOptions,
  config: Config,
  { nowPerSecond }: { readonly nowPerSecond: number | null },
): CapacityReport {
  const { loads, sweep, logs } = source;
  const { steps: _, ...about } = sweep ?? { steps: [] };
  const workers = workersOf(options) ?? sweep?.server.workers ?? null;
  const question = {
    ...{ loads, workers, nowPerSecond },
    batchMax: batchMaxOf(options) ?? config.server.dispatchQueriesMax,
    thresholdMs: thresholdOf(options),
    seed: seedOf(options) ?? sweep?.seed ?? LOG_SEED,
  };
  // A log under one load is read and told all the same; a sweep of one load is a mistake.
  const answer = sweep === null && !isSpread(loads) ? null : answerCapacity(question);
  return { sweep: sweep === null ? null : (about as Omit<Sweep, 'steps'>), logs, answer, check: null };
}

/** Of intervals where no sweep says one. */
const LOG_SEED = 1;
/** Over which the present rate is counted before the sweep. */
const NOW_S = 2;
/** A check lasts this many steps. */
const CHECK_STEPS = 3;

async function measure(options: CapacityOptions, config: Config, say: (text: string) => void): Promise<Told> {
  const url = options.url ?? serverUrl(config);
  const plan = sweepPlanOf(options, url);
  try {
    await requireLive(url);
  } catch (error) {
    throw new EngineError('source_unreadable', `Cannot sweep: ${(error as Error).message}`, {
      field: 'url',
      value: url,
      remedy: 'Start the server: wp-chat serve',
    });
  }
  const nowPerSecond = nowOf(options) ?? (await presentRate(url));
  const server = await serverFacts(plan.target);
  const generator = openGenerator();
  try {
    const sweep = await runSweep(plan, server, generator, ({ step, p95Ms }) =>
      say(`${stepLine(step.perSecond, p95Ms)}, ${step.answered} of ${step.sent} answered`),
    );
    const source: Source = { loads: loadsOfSweep(sweep), sweep, logs: [] };
    const report = reportOf(source, options, config, { nowPerSecond });
    const limit = report.answer?.limit.perSecond ?? 0;
    if (!options.check || limit === 0) return { report, sweep };
    say(`checking ${shown(limit)} requests/s`);
    return { report: { ...report, check: await check(plan, sweep, limit, generator) }, sweep };
  } finally {
    generator.close();
  }
}

const stepLine = (perSecond: number, p95Ms: number): string => `${shown(perSecond)} requests/s: p95 ${shown(p95Ms)} ms`;

async function check(plan: SweepPlan, sweep: Sweep, limit: number, generator: Generator): Promise<CapacityCheck> {
  const longer = { ...plan, seconds: plan.seconds * CHECK_STEPS };
  return checkOf(await generator.run(stepPlan(longer, limit, sweep.steps.length + 1)), sweep);
}

/** Null where the server does not count. */
async function presentRate(url: string): Promise<number | null> {
  const target = loopbackTarget(url);
  const before = await searchesSoFar(target);
  if (before === null) return null;
  await pause(NOW_S * 1000);
  const after = await searchesSoFar(target);
  return after === null ? null : Math.max(0, after - before) / NOW_S;
}
