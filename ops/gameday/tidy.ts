/** Leaves a server as it was: what was done about a rehearsed incident is taken back, the incident resolved, the faults withdrawn. */
import { EngineError } from '../../engine/errors.ts';
import { withdrawFaults } from './inflict.ts';
import type { Pause, Stage } from './stage.ts';
import { activeIncidents } from './watch.ts';

const LOOK_MS = 500;
const RUNNING_MS_MAX = 60_000;
const CALM_MS_MAX = 90_000;
const NOTES = 'Rehearsed by wp-chat gameday';
const EXPERIMENT = 'gameday';

interface Execution {
  readonly run: string;
  readonly state: string;
  readonly undoable: boolean;
}

/** @param ids of the incidents that the rehearsal brought about, or that are to be thought so */
export async function cleanUp(
  stage: Stage,
  { pause, ids }: { readonly pause: Pause; readonly ids: readonly string[] },
): Promise<void> {
  for (const id of ids) {
    for (const run of (await executionsOf(stage, id, pause)).toReversed())
      if (run.undoable)
        await tolerant(stage.ask('POST', `/admin/incidents/${id}/undo`, { run: run.run }), 'action_refused');
    await tolerant(stage.ask('POST', `/admin/incidents/${id}/resolve`, { notes: NOTES }), 'incident_state');
  }
  const canary = await stage.ask<{ emergencyStop: object | null; experiments: readonly { name: string }[] }>(
    'GET',
    '/admin/canary/status',
  );
  if (canary.emergencyStop !== null) await stage.ask('POST', '/admin/canary/clear-emergency', { restore: true });
  if (canary.experiments.some(({ name }) => name === EXPERIMENT))
    await stage.ask('POST', '/admin/canary/disable', { experiment: EXPERIMENT, forget: true });
}

/** When none of them is under way any more: what is resolved meanwhile is not acted on again. */
async function executionsOf(stage: Stage, id: string, pause: Pause): Promise<readonly Execution[]> {
  for (const untilMs = Date.now() + RUNNING_MS_MAX; ; ) {
    const { executions } = await stage.ask<{ executions: readonly Execution[] }>(
      'GET',
      `/admin/incidents/${id}/procedures`,
    );
    if (Date.now() >= untilMs || executions.every(({ state }) => state !== 'running')) return executions;
    await pause(LOOK_MS);
  }
}

/** Until nothing fires any more, so that the next fault is seen for itself. What fires on is opened again, and seen there. */
export async function settle(stage: Stage, pause: Pause): Promise<void> {
  for (const untilMs = Date.now() + CALM_MS_MAX; Date.now() < untilMs; ) {
    const { detectors } = await stage.ask<{ detectors: readonly DetectorTold[] }>('GET', '/stats/slo');
    const active = await activeIncidents(stage);
    if (active.length > 0 && detectors.every(({ firing }) => !firing))
      await cleanUp(stage, { pause, ids: active.map(({ incident_id }) => incident_id) });
    else if (active.length === 0 && detectors.every(isCalm)) return;
    await pause(LOOK_MS);
  }
}

interface DetectorTold {
  readonly detector: string;
  readonly firing: boolean;
  readonly level: number;
}

/** Those that gather evidence still hold that of the fault before; how full the memory is, says nothing of what was. */
const GATHERING = new Set(['errors', 'slowness', 'models']);
/** One of those this far from firing has forgotten what it saw. */
const CALM_LEVEL = 0.2;

const isCalm = ({ detector, firing, level }: DetectorTold): boolean =>
  !firing && (level < CALM_LEVEL || !GATHERING.has(detector));

/** After whatever happened, as far as the server answers. Never rejects. */
export async function restore(stage: Stage): Promise<void> {
  const pause: Pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  try {
    await withdrawFaults(stage);
    const active = await activeIncidents(stage);
    await cleanUp(stage, { pause, ids: active.map(({ incident_id }) => incident_id) });
  } catch {
    // It is gone, or will not: whoever called it off hears that from the server itself.
  }
}

async function tolerant(work: Promise<unknown>, code: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== code) throw error;
  }
}
