/**
 * How does Prometheus come to the same verdicts? Rules over the counters of /metrics, two groups an objective.
 *
 * ```
 * wp_chat:slo_bad:increase1h      bad events            wp_chat:slo_burn:ratio1h         1 spends just the budget
 * wp_chat:slo_events:increase1h   events                wp_chat:slo_budget_left:ratio    1 whole, 0 spent, below: overspent
 * ```
 *
 * Each has the label `slo`. Numbers are divided in the same order as in `objectives.ts`, so that equal counts give equal
 * rates to the last bit. Where a scrape does not fall on the edge of a window, `increase` extrapolates bad and good events
 * alike; the rate is then that of the scrapes inside the window.
 */
import { stringify } from 'yaml';
import { EngineError } from '../../engine/errors.ts';
import { BOUNDS_NS } from '../metrics/totals.ts';
import { isBad, isValid, OUTCOMES, type Outcome } from '../sample.ts';
import { type BurnTier, isPage, windowsOf } from './burn-tiers.ts';
import { shorthandOf } from './durations.ts';
import { budgetShare, type Objective } from './objective.ts';

interface Rule {
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}
interface Recording extends Rule {
  readonly record: string;
}
interface Alert extends Rule {
  readonly alert: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly {
    readonly name: string;
    readonly interval: string;
    readonly rules: readonly (Recording | Alert)[];
  }[];
}

const HEAD = '# Written by `wp-chat slo export --format prometheus` from its configuration; change it there.\n';

export const rulesAsYaml = (rules: RuleFile): string =>
  HEAD + stringify(rules, { lineWidth: 0, aliasDuplicateObjects: false });

/** How often the rules are evaluated. A month of samples is too much to read every half minute, and hardly moves in five. */
const BURN_INTERVAL = '30s';
const BUDGET_INTERVAL = '5m';

/** @throws EngineError config_invalid where a threshold is no bucket of /metrics, so that nobody could count its events */
export const prometheusRules = (objectives: readonly Objective[], tiers: readonly BurnTier[]): RuleFile => ({
  groups: objectives.flatMap((objective) => [
    {
      name: `wp-chat-slo-${objective.name}-burn`,
      interval: BURN_INTERVAL,
      rules: [...burns(objective, tiers), ...tiers.map((tier) => alertOf(objective, tier))],
    },
    { name: `wp-chat-slo-${objective.name}-budget`, interval: BUDGET_INTERVAL, rules: budget(objective) },
  ]),
});

const burns = (objective: Objective, tiers: readonly BurnTier[]): Recording[] =>
  windowsOf(tiers)
    .map(shorthandOf)
    .flatMap((window) => [
      ...counts(objective, window),
      {
        record: `wp_chat:slo_burn:ratio${window}`,
        expr: burnOver(objective, window),
        labels: { slo: objective.name },
      },
    ]);

function budget(objective: Objective): Recording[] {
  const window = `${objective.windowDays}d`;
  const expr = `1 - ${burnOver(objective, window)}`;
  return [
    ...counts(objective, window),
    { record: 'wp_chat:slo_budget_left:ratio', expr, labels: { slo: objective.name } },
  ];
}

function counts(objective: Objective, window: string): Recording[] {
  const labels = { slo: objective.name };
  const counted = countingOf(objective);
  return [
    { record: `wp_chat:slo_bad:increase${window}`, expr: counted.bad(window), labels },
    { record: `wp_chat:slo_events:increase${window}`, expr: counted.total(window), labels },
  ];
}

/** Without events there is no rate, not a rate of 0 / 0. */
const burnOver = ({ name, targetPercent }: Objective, window: string): string =>
  `wp_chat:slo_bad:increase${window}{slo="${name}"} / (wp_chat:slo_events:increase${window}{slo="${name}"} > 0) / ${budgetShare(targetPercent)}`;

function alertOf({ name, targetPercent }: Objective, tier: BurnTier): Alert {
  const { severity, burnMax, badEventsMin } = tier;
  const [long, short] = [shorthandOf(tier.longS), shorthandOf(tier.shortS)];
  const of = (record: string): string => `${record}{slo="${name}"}`;
  return {
    alert: 'WpChatBudgetBurn',
    expr: [
      `${of(`wp_chat:slo_burn:ratio${long}`)} > ${burnMax}`,
      `${of(`wp_chat:slo_burn:ratio${short}`)} > ${burnMax}`,
      `${of(`wp_chat:slo_bad:increase${long}`)} >= ${badEventsMin}`,
    ].join(' and '),
    labels: { severity, notify: isPage(severity) ? 'page' : 'ticket', slo: name },
    annotations: {
      summary: `The budget of ${name} (${targetPercent} %) burns at more than ${burnMax} times its rate over ${long} and ${short}`,
      description: `Over ${long} it burns at {{ $value | printf "%.1f" }} times its rate. What happens: wp-chat slo status, or /dashboard.`,
    },
  };
}

interface Counting {
  bad(window: string): string;
  total(window: string): string;
}

/** A series that never counted is absent, and counts as 0; where no event of the objective ever was, there is no total. */
function countingOf(objective: Objective): Counting {
  const { indicator, endpoints } = objective;
  const endpoint = `endpoint=~${quoted(endpoints.map(escaped).join('|'))}`;
  const sum = (series: string, window: string): string => `sum(increase(${series}[${window}]))`;
  if (indicator.kind === 'availability') {
    const requests = (which: (outcome: Outcome) => boolean): string =>
      `wp_chat_requests_total{${endpoint},outcome=~"${OUTCOMES.filter(which).join('|')}"}`;
    return {
      bad: (window) => `${sum(requests(isBad), window)} or vector(0)`,
      total: (window) => sum(requests(isValid), window),
    };
  }
  const answered = (le: string): string =>
    `wp_chat_request_duration_seconds_bucket{${endpoint},outcome="answered",${le}}`;
  const fast = answered(boundOf(objective.name, indicator.thresholdMs));
  const all = answered('le="+Inf"');
  return {
    bad: (window) => `clamp_min(${sum(all, window)} - ${sum(fast, window)}, 0) or vector(0)`,
    total: (window) => sum(all, window),
  };
}

function boundOf(name: string, thresholdMs: number): string {
  if (!BOUNDS_NS.includes(thresholdMs * 1_000_000)) {
    const expected = `one of ${BOUNDS_NS.map((ns) => ns / 1_000_000).join(', ')}`;
    throw new EngineError(
      'config_invalid',
      `Cannot write Prometheus rules for ${name}: thresholdMs: expected ${expected}, got ${thresholdMs}`,
      {
        field: 'thresholdMs',
        value: thresholdMs,
        expected,
        remedy: 'Choose a threshold at which /metrics has a bucket, or export --format openslo',
      },
    );
  }
  const seconds = `${thresholdMs / 1000}`;
  // The text format writes 2, OpenMetrics 2.0.
  return Number.isInteger(thresholdMs / 1000) ? `le=~${quoted(`${seconds}(\\.0)?`)}` : `le="${seconds}"`;
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`);

/** As a string of PromQL. */
const quoted = (text: string): string => JSON.stringify(text);
