/** Which actions had begun when the process before this one ended? Their record would say for ever that they are under way. */
import type { AuditAct } from '../../ops/audit/index.ts';
import type { Incident, ActionRecord as IncidentAction } from '../../ops/incidents/index.ts';

export interface Interrupted {
  readonly incidentId: string;
  /** Who had begun it. */
  readonly by: string;
  readonly record: IncidentAction;
}

const DETAIL = 'The process ended while it was under way: what it had done by then is not known';

export const interruptedIn = (incidents: readonly Incident[]): Interrupted[] =>
  incidents.flatMap(({ id: incidentId, actions }) => {
    const last = new Map(actions.map((one) => [one.run, one]));
    return [...last.values()]
      .filter(({ phase }) => phase === 'started')
      .map(({ run, action, by }) => ({
        incidentId,
        by,
        record: { run, action, phase: 'failed', detail: DETAIL, effect: null },
      }));
  });

/** Who asks for an action is taken down when that is answered, and this was not. */
export const interruptedAct = ({ incidentId, by, record: { run, action } }: Interrupted): AuditAct => ({
  actor: by,
  address: '',
  action: `actions.${action}`,
  parameters: { incidentId, runId: run },
  outcome: 'failed',
  code: 'interrupted',
});
