import { Command } from 'commander';
import { PROCEDURES } from '../../ops/actions/index.ts';
import { USUAL_SEVERITY } from '../../ops/incidents/index.ts';
import { INCIDENT_TYPES, type IncidentType } from '../../ops/index.ts';
import { print, table } from './command.ts';

/** Of one incident: what is done first, then what else, as the runbook's table has it. */
export interface Reference {
  readonly incident_type: IncidentType;
  readonly severity: string;
  /** In the order in which they are taken; `automatic` names the severities at which the machine does it by itself. */
  readonly actions: readonly { readonly action_id: string; readonly automatic: readonly string[] }[];
}

export const emergencyReference = (): Reference[] =>
  INCIDENT_TYPES.map((type) => ({
    incident_type: type,
    severity: USUAL_SEVERITY[type],
    actions: PROCEDURES[type].map(({ actionId, automatic }) => ({ action_id: actionId, automatic: [...automatic] })),
  }));

export const emergencyRefCommand = (): Command =>
  new Command('emergency-ref')
    .description("The runbook's quick reference; needs no server")
    .addHelpText('after', '\nExample:\n  $ wp-chat incident emergency-ref')
    .action((_, command: Command) => {
      const reference = emergencyReference();
      print(command, { reference }, () => referenceText(reference));
    });

function referenceText(reference: readonly Reference[]): string {
  const rows = reference.map(({ incident_type: type, severity, actions }) => [
    words(type),
    severity,
    ...actions.map(({ action_id: action, automatic }) => `${words(action)}${automatic.length > 0 ? ' *' : ''}`),
  ]);
  return [
    table([['INCIDENT', 'SEVERITY', 'FIRST', 'THEN', 'THEN'], ...rows]),
    '* done by the machine itself, at the severities that wp-chat incident procedures ID says',
    [
      '$ wp-chat incident active',
      '$ wp-chat incident procedures ID',
      '$ wp-chat incident execute ID ACTION --confirm',
      '$ wp-chat incident resolve ID --notes "…"',
    ].join('\n'),
    'All experiments and reranking off at once: $ wp-chat canary emergency-stop --yes',
  ].join('\n\n');
}

function words(name: string): string {
  const text = name.replaceAll('_', ' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
