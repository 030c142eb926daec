/** What may be done about an incident, and doing it: each action goes the same way, whoever asks. */

import { z } from 'zod';
import type { ActionRecord } from '../../ops/actions/index.ts';
import type { IncidentKeeper } from '../../ops/incidents/index.ts';
import type { Actions } from '../actions/index.ts';
import { adminRoute, Refused, refusable } from '../admin/index.ts';
import type { Route } from '../http.ts';
import { byOf, idIn } from './acting.ts';
import { executeInput, noInput, undoInput } from './incident-inputs.ts';
import { time } from './incident-told.ts';

export interface ActionsAdminParts {
  readonly keeper: IncidentKeeper;
  readonly actions: Pick<Actions, 'automatic' | 'learn' | 'procedures' | 'runner'>;
}

/** @param parts asked when somebody asks */
export const actionsAdmin = (
  parts: () => ActionsAdminParts,
  { bodyDepthMax }: { readonly bodyDepthMax: number },
): Route[] => [
  adminRoute({
    method: 'GET',
    path: '/admin/incidents/:id/procedures',
    input: noInput,
    bodyDepthMax,
    act: (_, request) =>
      refusable(async () => {
        const { keeper, actions } = parts();
        const { incident } = keeper.get(idIn(request));
        const runs = actions.runner.records.filter(({ incidentId }) => incidentId === incident.id);
        return {
          incident_id: incident.id,
          incident_type: incident.type,
          procedures: await actions.procedures(incident),
          automatic: actions.automatic.status(),
          executions: runs.map(executionOf),
        };
      }),
  }),
  adminRoute({
    method: 'POST',
    path: '/admin/incidents/:id/execute',
    input: executeInput,
    bodyDepthMax,
    act: (input, request) =>
      refusable(async () => {
        const { keeper, actions } = parts();
        const { incident } = keeper.get(idIn(request));
        const { action_id: actionId, parameters, confirm, dry_run: dryRun } = input;
        actions.learn(incident);
        const asked = { actionId, parameters, incidentId: incident.id };
        if (dryRun) {
          const { objection, steps } = await actions.runner.preview(asked);
          return {
            success: objection === null,
            applied: false,
            output: objection ?? '',
            preview: [...steps],
            action: null,
          };
        }
        const record = await actions.runner.execute({ ...asked, confirm, by: byOf(input, request).by });
        return record.state === 'refused' ? new Refused('action_refused', record.said) : saidOf(record);
      }),
  }),
  adminRoute({
    method: 'POST',
    path: '/admin/incidents/:id/undo',
    input: undoInput,
    bodyDepthMax,
    act: (input, request) =>
      refusable(async () => {
        const { keeper, actions } = parts();
        const { incident } = keeper.get(idIn(request));
        const run = actions.runner.records.find(({ runId }) => runId === input.run);
        if (run?.incidentId !== incident.id)
          return new Refused('not_found', `No execution of incident ${incident.id} is known as ${input.run}`);
        return saidOf(await actions.runner.undo(input.run, byOf(input, request).by));
      }),
  }),
];

const run = z.strictObject({
  run: z.string(),
  action_id: z.string(),
  parameters: z.looseObject({}),
  by: z.string(),
  automatic: z.boolean(),
  state: z.enum(['refused', 'running', 'done', 'without_effect', 'failed', 'timed_out', 'undone', 'expired']),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
  said: z.string(),
  details: z.looseObject({}).nullable(),
  effect: z
    .strictObject({
      ok: z.boolean(),
      said: z.string(),
      measured: z
        .strictObject({ measure: z.string(), before: z.number().nullable(), after: z.number().nullable() })
        .optional(),
    })
    .nullable()
    .describe('Measured, not assumed'),
  undoable: z.boolean(),
  expires_at: z.iso.datetime().nullable().describe('When it is taken back by itself'),
});
export const proceduresAnswer = z.strictObject({
  incident_id: z.string(),
  incident_type: z.string(),
  procedures: z.array(
    z.strictObject({
      action_id: z.string(),
      name: z.string(),
      description: z.string(),
      command: z.string().describe('How the same is asked for by hand'),
      runbook_command: z.string().describe('In whose place that is'),
      parameters: z.looseObject({}).describe('JSON schema'),
      requires_confirmation: z.boolean(),
      estimated_time: z.number().describe('Seconds after which it is given up'),
      risk: z.enum(['none', 'low', 'high']),
      automatic: z.boolean().describe('Whether the machine does it by itself at this severity'),
      objection: z.string().nullable().describe('Why it would be refused now'),
    }),
  ),
  automatic: z
    .strictObject({ enabled: z.boolean(), paused: z.string().nullable().describe('Why nothing is done now') })
    .describe('What the machine does by itself'),
  executions: z.array(run),
});
export const executionAnswer = z.strictObject({
  success: z.boolean(),
  applied: z.boolean().describe('Not where it was only a dry run'),
  output: z.string(),
  preview: z.array(z.string()),
  action: run.nullable(),
});

const saidOf = (record: ActionRecord): object => ({
  success: record.state === 'done' || record.state === 'undone',
  applied: true,
  output: record.effect === null ? record.said : `${record.said}. ${record.effect.said}`,
  preview: [],
  action: executionOf(record),
});

const executionOf = (record: ActionRecord): object => ({
  run: record.runId,
  action_id: record.actionId,
  parameters: record.parameters,
  by: record.by,
  automatic: record.automatic,
  state: record.state,
  started_at: time(record.startedMs),
  ended_at: record.endedMs === null ? null : time(record.endedMs),
  said: record.said,
  details: record.details,
  effect: record.effect,
  undoable: record.undoable,
  expires_at: record.expiresAtMs === null ? null : time(record.expiresAtMs),
});
