/** What an operator asks of the runbook, whichever way he comes: checked, done, and answered with what came of it. */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import { Refused } from '../admin/index.ts';
import type { Actions, Concerned } from './parts.ts';

const name = z.string().min(1).max(64);

export const executeInput = z
  .strictObject({
    action_id: name.optional().describe('One of the procedures, or any other action'),
    action: name.optional().describe('The same'),
    parameters: z.record(z.string(), z.unknown()).default({}),
    confirm: z.boolean().default(false).describe('Needed where requires_confirmation is true'),
    dry_run: z.boolean().default(false).describe('Only say what would happen, and what stands against it'),
  })
  .transform(({ action_id, action, ...rest }) => ({ ...rest, actionId: action_id ?? action ?? '' }))
  .refine(({ actionId }) => actionId !== '', { path: ['action_id'], message: 'the id of an action' });
export type ExecuteInput = z.infer<typeof executeInput>;

export const undoInput = z.strictObject({});
export const proceduresInput = z.strictObject({});

/** What was refused is told as a problem; what failed or had no effect is an answer, with its record. @param incident null for none */
export const executeFor = (
  actions: Actions,
  incident: Concerned | null,
  { actionId, parameters, confirm, dry_run: dryRun }: ExecuteInput,
  by: string,
): Promise<object | Refused> =>
  refusable(async () => {
    if (incident !== null) actions.learn(incident);
    const asked = { actionId, parameters, incidentId: incident?.id ?? null };
    if (dryRun) {
      const { objection, steps } = await actions.runner.preview(asked);
      return { success: true, applied: false, action_id: actionId, objection, steps };
    }
    const record = await actions.runner.execute({ ...asked, by, confirm });
    if (record.state === 'refused') return new Refused('action_refused', record.said);
    return { success: record.state === 'done', applied: true, action_id: actionId, record };
  });

export const undoFor = (actions: Actions, runId: string, by: string): Promise<object | Refused> =>
  refusable(async () => {
    const record = await actions.runner.undo(runId, by);
    return { success: record.state === 'undone', record };
  });

export const proceduresFor = async (actions: Actions, incident: Concerned, nowMs: number): Promise<object> => ({
  incident_id: incident.id,
  incident_type: incident.type,
  procedures: await actions.procedures(incident),
  automatic: actions.automatic.status(nowMs),
  executions: actions.runner.records.filter(({ incidentId }) => incidentId === incident.id),
});

async function refusable(act: () => Promise<object | Refused>): Promise<object | Refused> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof EngineError) return new Refused(error.code, error.message);
    throw error;
  }
}
