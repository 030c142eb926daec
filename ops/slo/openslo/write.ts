/** Our objectives and alerts as an OpenSLO v1 file; `read.ts` takes it back. */
import { stringify } from 'yaml';
import { type BurnTier, isPage } from '../burn-tiers.ts';
import { shorthandOf } from '../durations.ts';
import { type Objective, shareOf } from '../objective.ts';
import { API_VERSION, type Kind, SERVICE, SHORT_WINDOW, SOURCE_TYPE } from './kinds.ts';

interface OpenSloObject {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

const TARGET = 'operators';

export const openSloAsYaml = (objects: readonly OpenSloObject[]): string =>
  objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');

export const openSlo = (objectives: readonly Objective[], tiers: readonly BurnTier[]): OpenSloObject[] => [
  object('Service', { name: SERVICE }, { description: 'Hybrid search for a WordPress site' }),
  ...objectives.map((objective) => slo(objective, tiers)),
  ...tiers.map(policy),
  object('AlertNotificationTarget', { name: TARGET }, { target: 'operators', description: 'Whoever is on call' }),
];

const object = (kind: Kind, metadata: OpenSloObject['metadata'], spec: OpenSloObject['spec']): OpenSloObject => ({
  apiVersion: API_VERSION,
  kind,
  metadata,
  spec,
});

const policyName = ({ severity }: BurnTier): string => `burn-${severity}`;

function slo({ name, indicator, endpoints, targetPercent, windowDays }: Objective, tiers: readonly BurnTier[]) {
  const { kind, ...threshold } = indicator;
  const metric = { metricSource: { type: SOURCE_TYPE, spec: { indicator: kind, ...threshold, endpoints } } };
  const description =
    indicator.kind === 'availability'
      ? 'Good: answered. Total: answered, shed, failed or late. A 4xx, 429 included, and a caller that left are no events.'
      : `Good: answered within ${indicator.thresholdMs} ms. Total: answered.`;
  return object(
    'SLO',
    { name },
    {
      description,
      service: SERVICE,
      indicator: { metadata: { name }, spec: { ratioMetric: { counter: true, good: metric, total: metric } } },
      timeWindow: [{ duration: `${windowDays}d`, isRolling: true }],
      budgetingMethod: 'Occurrences',
      objectives: [{ target: shareOf(targetPercent) }],
      ...(tiers.length === 0 ? {} : { alertPolicies: tiers.map((tier) => ({ alertPolicyRef: policyName(tier) })) }),
    },
  );
}

function policy(tier: BurnTier): OpenSloObject {
  const { severity, longS, shortS, burnMax, badEventsMin } = tier;
  const [long, short] = [shorthandOf(longS), shorthandOf(shortS)];
  const condition = {
    kind: 'AlertCondition',
    metadata: { name: policyName(tier), annotations: { [SHORT_WINDOW]: short } },
    spec: {
      description: `Fires while the budget burns at more than ${burnMax} times its rate over ${long} and over ${short}, with at least ${badEventsMin} bad events in ${long}`,
      severity,
      condition: { kind: 'burnrate', op: 'gt', threshold: burnMax, lookbackWindow: long, alertAfter: '0m' },
    },
  };
  return object(
    'AlertPolicy',
    { name: policyName(tier) },
    {
      description: isPage(severity) ? 'Wakes somebody' : 'Waits for the morning',
      alertWhenNoData: false,
      alertWhenResolved: true,
      alertWhenBreaching: true,
      conditions: [condition],
      notificationTargets: [{ targetRef: TARGET }],
    },
  );
}
