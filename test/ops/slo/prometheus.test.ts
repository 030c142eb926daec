import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import {
  Objectives,
  presetObjectives,
  prometheusRules,
  rulesAsYaml,
  shorthandOf,
  sloSchema,
  tiersOf,
} from '../../../ops/slo/index.ts';
import type { ObjectiveStatus } from '../../../ops/snapshot.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { hasPromtool, promtool } from './promtool.ts';
import { PLANS, play, type Scenario } from './scenarios.ts';
import { intervalsOf } from './traffic.ts';

const seed = Number(process.env['SLO_SEED'] ?? 20_260_105);
process.stdout.write(`SLO_SEED=${seed}\n`);

const settings = sloSchema.parse({});
const objectives = presetObjectives(settings);
const tiers = tiersOf(settings);

interface Sample {
  readonly labels: string;
  readonly value: number;
}
interface Expectation {
  readonly expr: string;
  readonly eval_time: string;
  readonly exp_samples: readonly Sample[];
}

/** What we say each time that the rules are evaluated. */
function verdicts({ plan, requests }: Scenario): Map<number, ObjectiveStatus[]> {
  const judged = new Objectives(objectives, tiers);
  const intervals = intervalsOf(requests, 10_000);
  const said = new Map<number, ObjectiveStatus[]>();
  let next = 0;
  for (let step = plan.every; step <= plan.steps; step += plan.every) {
    const endMs = step * plan.stepS * 1000;
    while (next < intervals.length && intervals[next]!.startMs < endMs) judged.observe(intervals[next++]!);
    // While there is no process, nobody says anything.
    if (!plan.down.some(({ from, to }) => step > from && step < to)) said.set(step, judged.status(endMs));
  }
  return said;
}

function expectations(step: number, stepS: number, status: readonly ObjectiveStatus[]): Expectation[] {
  const at = (expr: string, exp_samples: readonly Sample[]): Expectation => ({
    expr,
    eval_time: `${step * stepS}s`,
    exp_samples,
  });
  const burns = new Map<string, Sample[]>();
  const firing: Sample[] = [];
  for (const one of status) {
    for (const { severity, longS, shortS, burnLong, burnShort, firing: fires } of one.burns) {
      for (const [seconds, value] of [
        [longS, burnLong],
        [shortS, burnShort],
      ] as const) {
        const record = `wp_chat:slo_burn:ratio${shorthandOf(seconds)}`;
        const labels = `${record}{slo="${one.name}"}`;
        const samples = burns.get(record) ?? [];
        burns.set(record, samples);
        if (value !== null && !samples.some((sample) => sample.labels === labels)) samples.push({ labels, value });
      }
      const notify = severity === 'critical' || severity === 'high' ? 'page' : 'ticket';
      const labels = `ALERTS{alertname="WpChatBudgetBurn",alertstate="firing",notify="${notify}",severity="${severity}",slo="${one.name}"}`;
      if (fires) firing.push({ labels, value: 1 });
    }
  }
  const left = status
    .filter(({ total }) => total > 0)
    .map(({ name, budgetLeftPercent }) => ({ labels: `{slo="${name}"}`, value: budgetLeftPercent }));
  return [
    ...[...burns].map(([record, samples]) => at(record, samples)),
    at('ALERTS', firing),
    at('100 * wp_chat:slo_budget_left:ratio', left),
  ];
}

function testFile({ plan, counters }: Scenario, checks: readonly Expectation[]): string {
  const input = [...counters].map(([series, values]) => ({
    series,
    values: values.map((value) => value ?? '_').join(' '),
  }));
  return stringify(
    {
      rule_files: ['wp-chat.rules.yml'],
      evaluation_interval: `${plan.every * plan.stepS}s`,
      tests: [{ name: plan.name, interval: `${plan.stepS}s`, input_series: input, promql_expr_test: checks }],
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

function folderWithRules(): string {
  const folder = scratchFolder();
  writeFileSync(join(folder, 'wp-chat.rules.yml'), rulesAsYaml(prometheusRules(objectives, tiers)));
  return folder;
}

describe.skipIf(!hasPromtool)('the rules for Prometheus', () => {
  it('are clean by promtool check rules', () => {
    const { code, said } = promtool('check', 'rules', '--lint-fatal', join(folderWithRules(), 'wp-chat.rules.yml'));
    expect([code, said]).toEqual([0, expect.stringContaining('SUCCESS')]);
    expect(said).not.toMatch(/warn|duplicate/i);
  });

  const fired = new Set<string>();
  it.each(PLANS.map((plan, at) => ({ plan, at })))(
    'say what we say, to the last bit of every rate: $plan.name',
    ({ plan, at }) => {
      const scenario = play(plan, seed + at);
      const said = verdicts(scenario);
      for (const status of said.values())
        for (const { burns, name } of status)
          for (const { severity, firing } of burns) if (firing) fired.add(`${name} ${severity}`);
      const checks = [...said].flatMap(([step, status]) => expectations(step, plan.stepS, status));
      const file = join(folderWithRules(), 'test.yml');
      writeFileSync(file, testFile(scenario, checks));
      const { code, said: words } = promtool('test', 'rules', file);
      expect(words.slice(0, 2000)).toMatch(/SUCCESS/);
      expect(code).toBe(0);
    },
  );

  it('had something to agree about: every severity fired in some scenario', () => {
    for (const { severity } of tiers) expect([...fired].some((one) => one.endsWith(severity))).toBe(true);
  });

  it('are really compared: one rate that is a little off, and one alert too many, are objected to', () => {
    const plan = { ...PLANS[1]!, steps: 130 };
    const scenario = play(plan, seed);
    const right = expectations(130, plan.stepS, verdicts(scenario).get(130)!);
    const file = join(folderWithRules(), 'test.yml');
    for (const [expr, change] of [
      ['wp_chat:slo_burn:ratio1h', (value: number) => value * (1 + 1e-9)],
      ['ALERTS', () => 2],
    ] as const) {
      const wrong = right.map((check) =>
        check.expr !== expr
          ? check
          : { ...check, exp_samples: check.exp_samples.map((sample) => ({ ...sample, value: change(sample.value) })) },
      );
      writeFileSync(file, testFile(scenario, wrong));
      const { code, said } = promtool('test', 'rules', file);
      expect([code, said]).toEqual([1, expect.stringContaining(expr)]);
    }
  });
});

describe('rules for a threshold that /metrics has no bucket for', () => {
  it('are refused, with the buckets there are', () => {
    const odd = presetObjectives(sloSchema.parse({ latency: { thresholdMs: 750 } }));
    expect(() => prometheusRules(odd, tiers)).toThrow(
      /rules for latency: thresholdMs: expected one of 0\.1, .*, 800, .*, got 750$/,
    );
  });
});
