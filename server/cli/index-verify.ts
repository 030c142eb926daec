import { Command, InvalidArgumentError, Option } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import { describeDamage, type Fallback, INDEX_FORMAT, indexStatus, setAside } from '../../engine/store/index.ts';
import { type VerifyJob, type VerifyReport, verifyInProcess } from '../../engine/store/verify/index.ts';
import { configOf, EXIT, globalOptions, print, table } from './command.ts';
import { percentOn } from './progress.ts';
import { spanSeconds } from './span.ts';

interface VerifyCommandOptions {
  readonly all: boolean;
  readonly rate?: number;
  readonly for?: number;
  readonly quarantine: boolean;
}

interface Verified {
  readonly report: VerifyReport;
  /** What was done about a damage; null where nothing was. */
  readonly fallback: Fallback | null;
}

/** Verifies for longer than this are slips. */
const DAYS_MAX = 7;

const mebibytesASecond = (text: string): number => {
  const rate = Number(text);
  if (rate > 0 && rate <= 1_000_000) return rate;
  throw new InvalidArgumentError('Expected MiB a second, above 0.');
};

export const indexVerifyCommand = (): Command =>
  new Command('verify')
    .description('Read every byte of a generation and ask it questions, in a process of its own')
    .argument('[name]', 'the generation (default: the one that serves)')
    .option('--all', 'every generation that is kept and of the format of this version', false)
    .addOption(new Option('--rate <MiB/s>', 'read no faster').argParser(mebibytesASecond))
    .addOption(new Option('--for <span>', 'stop after this time, such as 10m').argParser(spanSeconds(DAYS_MAX)))
    .option('--quarantine', 'move a damaged generation aside; the last good one is to serve', false)
    .addHelpText(
      'after',
      `
Checked are: sha256 and block checksums of all files; that posts, passages, vectors and terms are as many everywhere; that each
record can be read; the words of sampled passages; that the vector graph holds together; its recall against an exact search.
Exit code 0 only where all of it is right; 1 where something is wrong, or the time was over.

Examples:
  $ wp-chat index verify
  $ wp-chat index verify 20261128-072105 --rate 20 --for 10m --json`,
    )
    .action(async (name: string | undefined, options: VerifyCommandOptions, command: Command) => {
      const verified = await run(command, name, options);
      const sound = verified.every(({ report }) => report.verdict === 'sound');
      if (!sound) process.exitCode = EXIT.failed;
      print(command, options.all ? verified : verified[0], () => verified.map(describe).join('\n\n'));
    });

async function run(command: Command, name: string | undefined, options: VerifyCommandOptions): Promise<Verified[]> {
  const { index, retrieval } = configOf(command).config;
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort(new Error('Interrupted')));
  process.once('SIGTERM', () => interrupt.abort(new Error('Interrupted')));
  const progress = percentOn(process.stderr, globalOptions(command).json);
  const verified: Verified[] = [];
  try {
    for (const generation of await namesOf(index.directory, name, options.all)) {
      const job: VerifyJob = {
        index: index.directory,
        generation,
        expansionSearch: retrieval.dense.expansionSearch,
        bytesPerSecondMax: options.rate === undefined ? null : options.rate * 2 ** 20,
        deadlineMs: options.for === undefined ? null : options.for * 1000,
        resume: null,
        seed: Math.floor(Math.random() * 2 ** 31),
      };
      const report = await verifyInProcess(job, {
        signal: interrupt.signal,
        progress: ({ percent, check }) => progress.show(percent, `${generation} ${check}`),
      });
      const [finding] = report.findings;
      const aside = options.quarantine && finding !== undefined;
      verified.push({ report, fallback: aside ? await setAside(index.directory, { generation, ...finding }) : null });
    }
  } finally {
    progress.stop();
  }
  return verified;
}

async function namesOf(index: string, name: string | undefined, all: boolean): Promise<string[]> {
  if (name !== undefined) return [name];
  const { generations, current } = await indexStatus(index);
  if (all) {
    // What another version wrote cannot be read, which is no damage.
    const ours = generations.filter(({ format }) => format === null || format === INDEX_FORMAT);
    return ours.filter(({ state }) => state === 'serving' || state === 'kept').map(({ name }) => name);
  }
  if (current !== null) return [current];
  throw new EngineError('index_missing', `Cannot verify: no generation serves: ${index}`, {
    file: index,
    remedy: 'Name one: wp-chat index status lists them',
  });
}

function describe({ report, fallback }: Verified): string {
  const { generation, verdict, detail, checks, findings, bytesRead, seconds } = report;
  const mebibytes = (bytesRead / 2 ** 20).toFixed(1);
  const lines = [
    `Generation ${generation} is ${verdict}${detail === null ? '' : `: ${detail}`} (${mebibytes} MiB in ${seconds.toFixed(1)} s)`,
    ...findings.map((finding) => `  WRONG  ${describeDamage(finding)}`),
    table(checks.map(({ check, state, measured }) => [`  ${check}`, state, measuredText(measured)])),
  ];
  if (fallback !== null) {
    const { serving, quarantined, unmoved } = fallback;
    lines.push(
      `  Generation ${serving} is to serve; moved aside: ${quarantined.join(', ') || 'nothing'}${unmoved === null ? '' : ` (${unmoved})`}`,
    );
  }
  return lines.join('\n');
}

const measuredText = (measured: Readonly<Record<string, number>>): string =>
  Object.entries(measured)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toFixed(4)}`)
    .join(', ');
