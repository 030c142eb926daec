/** What of an execution is written into the record of its incident. */
import type { ActionRecord } from '../../ops/actions/index.ts';
import type { ActionRecord as IncidentAction } from '../../ops/incidents/index.ts';

const PHASES: Readonly<Record<ActionRecord['state'], IncidentAction['phase']>> = {
  refused: 'refused',
  running: 'started',
  done: 'succeeded',
  without_effect: 'failed',
  failed: 'failed',
  timed_out: 'failed',
  undone: 'undone',
  expired: 'undone',
};

const DETAIL_CHARS_MAX = 4000;

export const incidentActionOf = ({ runId, actionId, state, said, effect }: ActionRecord): IncidentAction => ({
  run: runId,
  action: actionId,
  phase: PHASES[state],
  detail: [said, effect?.said ?? '']
    .filter((one) => one !== '')
    .join('; ')
    .slice(0, DETAIL_CHARS_MAX),
  effect: effect?.measured ?? null,
});
