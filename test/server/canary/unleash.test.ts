/** Whoever is in under Unleash's clients is in here: its own specification, held before our assignment. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { armFor } from '../../../server/canary/assignment/bucket.ts';
import { assigner, CONTROL, type Constraint, type Subject } from '../../../server/canary/assignment/index.ts';
import { identityOf } from '../../../server/canary/assignment/subject.ts';

interface Variant {
  readonly name: string;
  readonly weight: number;
  readonly stickiness?: string;
  readonly overrides?: readonly { readonly contextName: string; readonly values: readonly string[] }[];
}
interface Strategy {
  readonly name: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly constraints?: readonly {
    contextName: string;
    operator: string;
    values: readonly string[];
    inverted?: boolean;
  }[];
  readonly variants?: readonly Variant[];
}
interface Feature {
  readonly name: string;
  readonly enabled: boolean;
  readonly strategies?: readonly Strategy[];
  readonly variants?: readonly Variant[];
}
interface Case {
  readonly description: string;
  readonly context: Readonly<Record<string, string>> & { readonly properties?: Readonly<Record<string, string>> };
  readonly toggleName: string;
  readonly expectedResult: boolean | { readonly name: string; readonly enabled: boolean };
}
interface Specification {
  readonly name: string;
  readonly state: { readonly features: readonly Feature[] };
  readonly tests?: readonly Case[];
  readonly variantTests?: readonly Case[];
}

const folder = join(packageRoot, '../shared/conformance/unleash');
if (!existsSync(folder)) process.stderr.write(`Unleash's specification is not tried: not found: ${folder}\n`);
const specifications = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Specification)
  : [];

const subjectOf = ({ userId, sessionId, remoteAddress, properties, ...others }: Case['context']): Subject => ({
  userId,
  sessionId,
  address: remoteAddress,
  properties: { ...(others as Record<string, string>), ...properties },
});
const fieldNamed = (name: string): string => (name === 'remoteAddress' ? 'address' : name);

/** In our words: the share that gets something, by whom it is drawn, and for whom it is at all. */
function strategyOf({ name, parameters = {}, constraints = [] }: Strategy, feature: string) {
  const percentage = Number(parameters['rollout'] ?? parameters['percentage'] ?? 100);
  const stickiness =
    { gradualRolloutUserId: 'userId', gradualRolloutSessionId: 'sessionId', flexibleRollout: parameters['stickiness'] }[
      name
    ] ?? 'random';
  const asked: Constraint[] = constraints.map(({ contextName, operator, values }) => ({
    field: fieldNamed(contextName),
    operator: ({ IN: 'in', NOT_IN: 'not_in', IN_CIDR: 'in_network' } as const)[operator]!,
    values,
  }));
  if (name === 'remoteAddress')
    asked.push({ field: 'address', operator: 'in_network', values: parameters['IPs']!.split(',') });
  return { group: parameters['groupId'] ?? feature, percentage, stickiness, constraints: asked };
}

/** The first strategy that lets the subject in; without any, all are in. */
function entered({ name, enabled, strategies = [] }: Feature, subject: Subject): Strategy | 'all' | null {
  if (!enabled) return null;
  if (strategies.length === 0) return 'all';
  return (
    strategies.find((strategy) => {
      const on = { name: 'on', weight: 1 };
      const assign = assigner({ ...strategyOf(strategy, name), holdBack: 0, arms: [on], overrides: [] });
      return assign({ subject, asked: null, random: () => 0.5 }).arm !== CONTROL;
    }) ?? null
  );
}

function variantOf(feature: Feature, subject: Subject): string {
  const strategy = entered(feature, subject);
  if (strategy === null) return 'disabled';
  const own = strategy === 'all' ? [] : (strategy.variants ?? []);
  const variants = own.length > 0 ? own : (feature.variants ?? []);
  const { group, stickiness } =
    own.length > 0
      ? strategyOf(strategy as Strategy, feature.name)
      : { group: feature.name, stickiness: variants[0]?.stickiness ?? 'default' };
  const overrides = variants.flatMap(({ name, overrides = [] }) =>
    overrides.map(({ contextName, values }) => ({ field: fieldNamed(contextName), values, arm: name })),
  );
  const assign = assigner({
    group,
    percentage: 100,
    holdBack: 0,
    stickiness,
    constraints: [],
    arms: variants,
    overrides,
  });
  const { arm } = assign({ subject, asked: null, random: () => 0.5 });
  return arm === CONTROL ? 'disabled' : arm;
}

describe.each(specifications)('$name', ({ state, tests = [], variantTests = [] }) => {
  const featureOf = (name: string): Feature =>
    state.features.find((feature) => feature.name === name) ?? { name, enabled: false };

  it.skipIf(tests.length === 0).each(tests)('$description', ({ context, toggleName, expectedResult }) => {
    expect(entered(featureOf(toggleName), subjectOf(context)) !== null).toBe(expectedResult);
  });

  it.skipIf(variantTests.length === 0).each(variantTests)('$description', ({ context, toggleName, expectedResult }) => {
    expect(variantOf(featureOf(toggleName), subjectOf(context))).toBe((expectedResult as { name: string }).name);
  });
});

it.skipIf(specifications.length === 0)('all of it is there', () => {
  const cases = specifications.flatMap(({ tests = [], variantTests = [] }) => [...tests, ...variantTests]);
  expect(cases.length).toBe(81);
  expect(armFor([], 'g', 'x')).toBeNull();
  expect(identityOf({}, 'userId', () => 0)).toBeNull();
});
