/** What the replay showed, as tables, with the bars that hold and those that do not. */
import { INCIDENT_TYPES } from '../../ops/incident-type.ts';
import { DECOYS } from './decoys.ts';
import { FAULTS, type FaultName } from './faults.ts';
import type { FaultTally, Tally } from './referee.ts';
import type { ReplayOutcome } from './replay.ts';
import { poissonUpper95, quantile } from './statistics.ts';

export interface RateResult extends ReplayOutcome {
  readonly perS: number;
  readonly days: number;
}

/** Seconds that the median detection may take, at 50 searches a second. */
const BARS_S: readonly (readonly [FaultName, number])[] = [
  ['errors 100 %', 6],
  ['errors 20 %', 10],
  ['errors 5 %', 20],
  ['errors 2 %', 60],
];
const FALSE_ALARMS_A_DAY_MAX = 0.02;
const BAR_RATE = 50;
const BUDGET_DETECTORS = ['errors', 'slowness'];
const DAY_S = 86_400;

const JUDGES: readonly (readonly [keyof ReplayOutcome, string])[] = [
  ['detectors', 'wp-chat'],
  ['published', 'the same sums, published parameters'],
  ['fiveMinutes', 'the original 5-minute rule'],
  ['pages', 'SRE Workbook pages'],
];

interface FalseAlarms {
  readonly count: number;
  readonly aDay: number;
  /** Upper end of the exact one-sided 95 % interval. */
  readonly aDayUpper95: number;
}

function falseAlarmsOf({ falseAlarms, calmS }: Tally, detectors: readonly string[] | null): FalseAlarms {
  let count = 0;
  for (const [detector, causes] of falseAlarms)
    if (detectors === null || detectors.includes(detector)) for (const times of causes.values()) count += times;
  const days = calmS / DAY_S;
  return { count, aDay: count / days, aDayUpper95: poissonUpper95(count) / days };
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, at) => (at === 0 ? '---' : '---:')), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const three = (values: readonly number[]): string =>
  values.length === 0 ? '–' : [0.5, 0.95, 1].map((share) => quantile(values, share)).join(' / ');

const faultCells = (tally: FaultTally | undefined): string[] =>
  tally === undefined
    ? ['0', '–', '–', '–', '–']
    : [
        String(tally.count),
        `${tally.found}/${tally.count}`,
        three(tally.detectionS),
        three(tally.resetS),
        String(tally.duplicates),
      ];

function faultTable({ faults }: Tally, names: readonly FaultName[]): string {
  const head = ['fault', 'n', 'found', 'detected after, s', 'silent after its end, s', 'duplicates'];
  return table(
    head,
    names.map((name) => [name, ...faultCells(faults.get(name))]),
  );
}

const decimals = (value: number): string => value.toFixed(3);

function falseTable(rate: RateResult): string {
  const row = (name: string, tally: Tally, detectors: readonly string[] | null): string[] => {
    const { count, aDay, aDayUpper95 } = falseAlarmsOf(tally, detectors);
    return [name, String(count), decimals(aDay), decimals(aDayUpper95)];
  };
  return table(
    ['judge', 'false alarms', 'a day', 'at most, 95 %'],
    [
      ...JUDGES.map(([judge, name]) => row(`${name}: errors and slowness`, rate[judge], BUDGET_DETECTORS)),
      row('wp-chat: all twelve detectors', rate.detectors, null),
    ],
  );
}

const budgetFaults = (Object.keys(FAULTS) as FaultName[]).filter((name) => /^(errors|latency) /.test(name));

function comparison(rate: RateResult): string {
  const cell = (tally: FaultTally | undefined): string =>
    tally === undefined || tally.found === 0
      ? 'never'
      : `${quantile(tally.detectionS, 0.5) ?? 'already firing'}${tally.found < tally.count ? ` (${tally.found}/${tally.count})` : ''}`;
  return table(
    ['median seconds (found, where not all)', ...budgetFaults],
    JUDGES.map(([judge, name]) => [name, ...budgetFaults.map((fault) => cell(rate[judge].faults.get(fault)))]),
  );
}

function causes({ falseAlarms }: Tally): string {
  const lines = [...falseAlarms].map(
    ([detector, by]) =>
      `- ${detector}: ${[...by].map(([cause, times]) => `${times} during or after ${cause}`).join(', ')}`,
  );
  return lines.length === 0 ? '- none' : lines.join('\n');
}

function confusionTable({ confusion }: Tally): string {
  const types = INCIDENT_TYPES.filter((type) => confusion.has(type));
  return table(
    ['faults of', 'n', ...types.map((type) => `fired ${type}`)],
    types.map((type) => {
      const { faults, fired } = confusion.get(type)!;
      return [type, String(faults), ...types.map((other) => String(fired.get(other) ?? 0))];
    }),
  );
}

function verdicts(rates: readonly RateResult[]): string {
  const rate = rates.find(({ perS }) => perS === BAR_RATE);
  if (rate === undefined) return '';
  const rows = BARS_S.map(([name, barS]) => {
    const median = quantile(rate.detectors.faults.get(name)?.detectionS ?? [], 0.5);
    return [
      `${name}, median`,
      `${barS} s`,
      `${median} s`,
      median !== null && median <= barS ? 'holds' : '**does not hold**',
    ];
  });
  const { aDay, aDayUpper95 } = falseAlarmsOf(rate.detectors, BUDGET_DETECTORS);
  const worst =
    aDayUpper95 <= FALSE_ALARMS_A_DAY_MAX ? 'holds, and so does its upper bound' : 'holds, its upper bound does not';
  rows.push([
    'false alarms a day, errors and slowness',
    String(FALSE_ALARMS_A_DAY_MAX),
    `${decimals(aDay)} (at most ${decimals(aDayUpper95)})`,
    aDay <= FALSE_ALARMS_A_DAY_MAX ? worst : '**does not hold**',
  ]);
  return table([`bar at ${BAR_RATE} searches a second`, 'asked', 'measured', ''], rows);
}

const section = (rate: RateResult): string =>
  [
    `## ${rate.perS} searches a second, ${rate.days} days`,
    `Calm time, in which alarms are false: ${(rate.detectors.calmS / DAY_S).toFixed(0)} days.`,
    falseTable(rate),
    comparison(rate),
    'wp-chat in full: median / 95th percentile / largest. Time runs from the first bad second to the end of the step that fires.',
    faultTable(rate.detectors, Object.keys(FAULTS) as FaultName[]),
    'False alarms of wp-chat:',
    causes(rate.detectors),
    'Which incidents fired during faults of which. A flood from many also makes searches fail and wait:',
    confusionTable(rate.detectors),
  ].join('\n\n');

export function reportOf(rates: readonly RateResult[], seconds: number): string {
  const decoys = Object.entries(DECOYS).map(([name, { perDay }]) => `${name} (${perDay} a day)`);
  return `${[
    '# Replay of the detectors',
    `Simulated seconds on held-out seeds, ${seconds.toFixed(0)} s in all. Reproduce: \`make replay\`.`,
    `Traffic swings by day and week; failures within a second are correlated (beta-binomial); objectives: 99.5 % available, 95 % within
800 ms. Decoys that must stay silent: ${decoys.join(', ')}.
A clock that is set and a disk that is full cannot reach a detector by construction: they stand for completeness.`,
    `A false alarm is a beginning that no fault under way explains; the rate is over the time without faults. Parameters were chosen on other
seeds (\`bench/replay/seeds.ts\`), for a median within the bars: with the published ones there are fewer false alarms, and an outage takes
a second longer, 2 % of errors ten and more. The page rules are meant to wake people, not to act in seconds; they are looked at every
second here, which flatters them, and what they keep firing after a fault counts as part of it for five minutes only.`,
    verdicts(rates),
    ...rates.map(section),
  ].join('\n\n')}\n`;
}

/** The same as plain data. */
export const jsonOf = (rates: readonly RateResult[]): unknown =>
  rates.map((rate) => ({
    perS: rate.perS,
    days: rate.days,
    judges: Object.fromEntries(
      JUDGES.map(([judge]) => {
        const tally = rate[judge];
        return [
          judge,
          {
            calmDays: tally.calmS / DAY_S,
            falseAlarms: Object.fromEntries([...tally.falseAlarms].map(([name, by]) => [name, Object.fromEntries(by)])),
            errorsAndSlowness: falseAlarmsOf(tally, BUDGET_DETECTORS),
            all: falseAlarmsOf(tally, null),
            faults: Object.fromEntries(
              faultsOf(judge, tally).map(([name, { detectionS, resetS, ...counts }]) => [
                name,
                { ...counts, detectionS: summary(detectionS), resetS: summary(resetS) },
              ]),
            ),
          },
        ];
      }),
    ),
  }));

/** The others judge errors and slowness only: what else happened is none of their business. */
const faultsOf = (judge: keyof ReplayOutcome, { faults }: Tally): [FaultName, FaultTally][] =>
  [...faults].filter(([name]) => judge === 'detectors' || budgetFaults.includes(name));

const summary = (values: readonly number[]): Record<string, number | null> => ({
  n: values.length,
  median: quantile(values, 0.5),
  p95: quantile(values, 0.95),
  max: quantile(values, 1),
});
