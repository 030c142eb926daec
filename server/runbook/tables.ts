/** The tables of docs/OPERATIONS.md that are made of what the program does, so that the two cannot differ. */
import { type ActionDefinition, PROCEDURES, type Step } from '../../ops/actions/index.ts';
import { USUAL_SEVERITY } from '../../ops/incidents/index.ts';
import { INCIDENT_TYPES, type IncidentType, SEVERITIES } from '../../ops/index.ts';
import { opsSchema } from '../../ops/settings.ts';
import { SYMPTOMS } from './symptoms.ts';

export type ActionFacts = Pick<
  ActionDefinition,
  'id' | 'title' | 'about' | 'risk' | 'command' | 'timeBudgetMs' | 'cooldownMs'
>;

const words = (name: string): string => {
  const spaced = name.replaceAll('_', ' ');
  return `${spaced.charAt(0).toUpperCase()}${spaced.slice(1)}`;
};

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(heads), row(heads.map(() => '---')), ...rows.map(row)].join('\n');

export function quickReference(actions: readonly ActionFacts[]): string {
  const title = (step: Step | undefined): string => actions.find(({ id }) => id === step?.actionId)?.title ?? '–';
  return table(
    ['Incident', 'Severity', 'First', 'Then', 'Then'],
    INCIDENT_TYPES.map((type) => {
      const [first, second, third] = PROCEDURES[type];
      return [`[${words(type)}](#${type})`, USUAL_SEVERITY[type], title(first), title(second), title(third)];
    }),
  );
}

export function severities(): string {
  const { severity, burn } = opsSchema.parse({}).slo;
  return table(
    ['Severity', 'Success below', '95th percentile above', 'Error budget burns faster than'],
    SEVERITIES.map((one) => [
      ...[one, `${severity[one].successPercentMin} %`, `${severity[one].latencyMsMax} ms`],
      `${burn[one]} times`,
    ]),
  );
}

export const symptoms = (type: IncidentType): string =>
  table(
    ['Detector', 'Fires when', 'Severity'],
    SYMPTOMS[type].map(({ detector, fires, severity }) => [`\`${detector}\``, fires, severity]),
  );

/** In the runbook's order. */
export function actionsOf(type: IncidentType, actions: readonly ActionFacts[]): string {
  const rows = PROCEDURES[type].map(({ actionId, automatic }, at) => {
    const action = actions.find(({ id }) => id === actionId);
    if (action === undefined)
      throw new Error(`The procedure of ${type} names an action that there is not: ${actionId}`);
    const { title, about, risk, command, timeBudgetMs, cooldownMs } = action;
    const pause = cooldownMs === 0 ? '' : `, again after ${cooldownMs / 1000} s`;
    return [
      ...[`${at + 1}`, `${title}<br>\`${actionId}\``, about, `\`${command}\``],
      ...[
        `${timeBudgetMs / 1000} s${pause}`,
        risk,
        automatic.length === 0 ? 'a person' : `by itself: ${automatic.join(', ')}`,
      ],
    ];
  });
  return table(['', 'Action', 'What it does and costs', 'By hand', 'Takes at most', 'Risk', 'Who'], rows);
}
