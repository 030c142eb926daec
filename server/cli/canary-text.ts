/** What is told of experiments, for a person to read. */
import { table } from './command.ts';

interface Told {
  readonly by: string;
  readonly reason: string;
  readonly at: string | null;
}

interface Bad {
  readonly count: number;
  readonly rate: number | null;
  readonly low: number;
  readonly high: number;
}

interface Arm {
  readonly requests: number;
  readonly bad: Readonly<Record<string, Bad>>;
}

/** Null of one that nobody has seen anything of. */
interface Seen {
  readonly arms: { readonly control: Arm; readonly canary: Arm };
  /** Natural logarithms. */
  readonly evidence: { readonly worse: number; readonly sampleRatio: number; readonly rollsBackAt: number };
  readonly history: readonly (readonly [string, number, number, number, number])[];
  readonly obstacles: readonly string[];
}

interface ExperimentStatus {
  readonly name: string;
  readonly phase: string;
  readonly percentage: number;
  readonly step: { readonly at: number; readonly of: number } | null;
  readonly last: Told;
  readonly seen: Seen | null;
}

export interface CanaryStatus {
  readonly status: string;
  readonly emergencyStop: Told | null;
  readonly experiments: readonly ExperimentStatus[];
  readonly events: readonly (Told & { readonly experiment: string | null; readonly event: string })[];
}

export interface Done {
  readonly message: string;
  readonly kept: boolean;
}

interface Flag {
  readonly key: string;
  readonly variant?: string;
  readonly metadata?: { readonly assignment?: string };
  readonly errorDetails?: string;
}

export interface Flags {
  readonly flags: readonly Flag[];
}

const EVENTS_SHOWN = 5;
const BARS = '▁▂▃▄▅▆▇█';
const BARS_SHOWN = 40;

export function statusText({ status, emergencyStop, experiments, events }: CanaryStatus): string {
  const head =
    emergencyStop === null
      ? `Canary: ${status}`
      : `EMERGENCY STOP since ${emergencyStop.at}, by ${emergencyStop.by}: everybody is on control${because(emergencyStop)}\nEnd it: wp-chat canary clear-emergency --restore`;
  const latest = events
    .slice(0, EVENTS_SHOWN)
    .map((one) => [one.at ?? '', one.experiment ?? 'all', one.event, one.by, one.reason]);
  return [
    head,
    table([['EXPERIMENT', 'PHASE', 'SHARE', 'STEP', 'SINCE', 'WHY'], ...experiments.map(row)]),
    ...experiments.flatMap(seenText),
    ...(latest.length === 0 ? [] : [table([['AT', 'EXPERIMENT', 'EVENT', 'BY', 'WHY'], ...latest])]),
  ].join('\n\n');
}

const because = ({ reason }: Told): string => (reason === '' ? '' : `; ${reason}`);

const row = ({ name, phase, percentage, step, last }: ExperimentStatus): string[] => [
  name,
  phase,
  `${percentage} %`,
  step === null ? '–' : `${step.at + 1} of ${step.of}`,
  last.at ?? '–',
  last.reason,
];

/** Nothing of one that nobody was compared in. */
function seenText({ name, seen }: ExperimentStatus): string[] {
  if (seen === null || seen.arms.canary.requests + seen.arms.control.requests === 0) return [];
  const { arms, evidence, history, obstacles } = seen;
  const kinds = Object.keys(arms.control.bad);
  const cells = (arm: Arm): string[] => [String(arm.requests), ...kinds.map((kind) => share(arm.bad[kind]!))];
  const { worse, rollsBackAt } = evidence;
  const strength = `Evidence that the canary is worse: ${worse.toFixed(1)} of ${rollsBackAt.toFixed(1)}, at which it is rolled back`;
  return [
    [
      table([
        [name.toUpperCase(), 'REQUESTS', ...kinds.map((kind) => kind.replace('_', ' ').toUpperCase())],
        ['control', ...cells(arms.control)],
        ['canary', ...cells(arms.canary)],
      ]),
      `${strength}  ${sparkline(history.map(([, log]) => log / rollsBackAt))}`.trimEnd(),
      ...obstacles.map((obstacle) => `Before the next step: ${obstacle}`),
    ].join('\n'),
  ];
}

/** A rate between its bounds. */
function share({ count, rate, low, high }: Bad): string {
  if (rate === null) return '–';
  const percent = (value: number): string => (100 * value).toFixed(2);
  return `${percent(rate)} % (${percent(low)}–${percent(high)}), ${count}`;
}

/** The last points, each as a bar: nothing at 0 and below, full at 1 and above. */
function sparkline(shares: readonly number[]): string {
  const bar = (value: number): string => BARS[Math.min(BARS.length - 1, Math.max(0, Math.floor(value * BARS.length)))]!;
  return shares.slice(-BARS_SHOWN).map(bar).join('');
}

export function testText(told: readonly { readonly user: string; readonly flags: readonly Flag[] }[]): string {
  const rows = told.flatMap(({ user, flags }) =>
    flags.map(({ key, variant, metadata, errorDetails }) => [
      user,
      key,
      variant ?? '–',
      errorDetails ?? metadata?.assignment ?? '',
    ]),
  );
  return table([['USER', 'EXPERIMENT', 'ARM', 'WHY'], ...rows]);
}
