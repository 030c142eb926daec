/** The runbook, put together for a process: what can be done, what is done about an incident in which order, and what of it by itself. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  type ActionDefinition,
  ActionRunner,
  type Acute,
  Automatic,
  type IncidentType,
  PROCEDURES,
} from '../../ops/actions/index.ts';
import { actionsOver } from './actions.ts';
import type { Actions, ActionsParts, Concerned, Procedure } from './parts.ts';
import { endHold, RUNBOOK } from './rerank-hold.ts';

/** Incidents whose type is remembered, for what an action may be done for. */
const KNOWN_MAX = 1000;
/** What is under way may take minutes; the process ends before. */
const CLOSE_MS = 2000;
const TIME_CHARS = 9;

export function openActions(parts: ActionsParts): Actions {
  const { config, clock, experiments, told } = parts;
  const settings = config.incidents.automatic;
  const types = new Map<string, IncidentType>();
  const learn = ({ id, type }: Pick<Concerned, 'id' | 'type'>): void => {
    types.delete(id);
    types.set(id, type);
    if (types.size > KNOWN_MAX) types.delete(types.keys().next().value!);
  };
  const steadyMs = (): number => clock.nowUs() / 1000;
  const runner = new ActionRunner({
    actions: actionsOver(parts, (id) => (id === null ? null : (types.get(id) ?? null))),
    nowMs: () => clock.wallMs(),
    steadyMs,
    nextId: () => `${clock.wallMs().toString(36).padStart(TIME_CHARS, '0')}-${randomBytes(4).toString('hex')}`,
    told,
  });
  const automatic = new Automatic(settings);
  const underWay = new Set<Promise<unknown>>();
  const begin = (work: Promise<unknown>): void => {
    const done = work.catch(() => {}).finally(() => underWay.delete(done));
    underWay.add(done);
  };
  let closed = false;
  const step = (incidents: readonly Acute[]): void => {
    if (closed) return;
    for (const incident of incidents) learn(incident);
    begin(runner.step());
    begin(endHold(experiments.desk, clock.wallMs()));
    for (const due of automatic.due(incidents, steadyMs()))
      begin(
        runner
          .execute({ ...due, by: RUNBOOK, automatic: true, confirm: true })
          .catch(() => ({ incidentId: due.incidentId, state: 'failed' as const }))
          .then((record) => automatic.ended(record, steadyMs())),
      );
  };
  const settled = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  return {
    runner,
    learn,
    procedures: (incident) => {
      learn(incident);
      return proceduresOf(runner, incident, settings.enabled);
    },
    automatic: {
      status: () => ({ enabled: settings.enabled, paused: automatic.pause(steadyMs()) }),
      reset: () => automatic.reset(),
      step,
    },
    settled,
    close: async () => {
      closed = true;
      await Promise.race([settled(), sleep(CLOSE_MS, null, { ref: false })]);
    },
  };
}

const proceduresOf = (
  runner: ActionRunner,
  { id, type, severity }: Concerned,
  enabled: boolean,
): Promise<Procedure[]> =>
  Promise.all(
    PROCEDURES[type].map(async ({ actionId, automatic }) =>
      procedureOf(runner.actions.find((one) => one.id === actionId)!, {
        objection: await runner.objection({ actionId, incidentId: id }),
        automatic: enabled && automatic.includes(severity),
      }),
    ),
  );

const procedureOf = (
  { id, title, about, command, runbookCommand, parameters, risk, timeBudgetMs }: ActionDefinition,
  now: Pick<Procedure, 'objection' | 'automatic'>,
): Procedure => ({
  action_id: id,
  name: title,
  description: about,
  command,
  runbook_command: runbookCommand,
  parameters: z.toJSONSchema(parameters, { io: 'input' }),
  requires_confirmation: risk === 'high',
  risk,
  estimated_time: timeBudgetMs / 1000,
  ...now,
});
