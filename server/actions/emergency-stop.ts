/** Everybody is on control, whatever is tried, until somebody clears it. */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import type { ActionDefinition, Effect } from '../../ops/actions/index.ts';
import { action } from './define.ts';
import { type ActingDesk, moved, reasonOf, unkeptNote } from './experiment-moves.ts';
import type { Measures } from './measures.ts';

export interface EmergencyStopParts {
  readonly desk: ActingDesk;
  readonly measures: Pick<Measures, 'ask'>;
  /** Share of users that are given a canary, in percent. */
  readonly canaryPercent: () => number;
}

export const emergencyStop = ({ desk, measures, canaryPercent }: EmergencyStopParts): ActionDefinition =>
  action({
    id: 'emergency_stop',
    title: 'Emergency stop',
    about: 'Everybody is on the control of every experiment, nobody is reranked, and it stays so until it is cleared.',
    risk: 'low',
    command: 'wp-chat canary emergency-stop --yes',
    runbookCommand: 'curl -X POST http://localhost:8080/admin/canary/emergency-stop',
    timeBudgetMs: 30_000,
    cooldownMs: 0,
    concurrencyKey: 'experiments',
    parameters: z.strictObject({}),
    preview: () => [
      'Everybody is on control of every experiment, and nobody is reranked',
      'It stays so over a restart, until it is cleared: then all is as it was before',
    ],
    run: async (_, { by, incidentId }) => {
      const { stop } = desk.state;
      const probe = (): Promise<Effect> => effectOf(measures, canaryPercent, before);
      const before = canaryPercent();
      if (stop !== null)
        return { changed: false, said: `Everything was stopped already, by ${stop.by}: ${stop.reason}`, probe };
      const left = await moved(desk, { kind: 'stop' }, { by, reason: reasonOf('emergency_stop', incidentId) });
      const undo = async (): Promise<string> => {
        if (desk.state.stop === null) return 'it was cleared meanwhile';
        if (desk.state.stop.atMs !== left.stop!.atMs)
          throw new EngineError('action_refused', `Somebody else has stopped it since: ${desk.state.stop.by}`);
        await moved(desk, { kind: 'clear', to: 'restore' }, { by, reason: 'emergency_stop is taken back' });
        return 'all is as it was before';
      };
      return { changed: true, said: `Everything is stopped until it is cleared${unkeptNote(desk)}`, undo, probe };
    },
  });

async function effectOf(measures: Pick<Measures, 'ask'>, canaryPercent: () => number, before: number): Promise<Effect> {
  const outcome = await measures.ask('anybody', true);
  const measured = { measure: 'share on canaries %', before, after: canaryPercent() };
  if (outcome.kind !== 'ok') return { ok: false, said: `A real query fails: ${outcome.kind}`, measured };
  const { reranked, degraded } = outcome.result;
  const ok = !reranked && measured.after === 0;
  const said = ok
    ? `Nobody is on a canary, and a real query is answered by control (${degraded.join(', ')})`
    : `${measured.after} % are on a canary, and a real query is ${reranked ? '' : 'not '}reranked`;
  return { ok, said, measured };
}
