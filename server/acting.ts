/**
 * What is done about incidents, bound to their record: what an action comes to is written into its incident, and what the machine does
 * by itself into the audit log as what people do is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../engine/clock.ts';
import type { ActionRecord, Acute } from '../ops/actions/index.ts';
import type { Incident } from '../ops/incidents/index.ts';
import type { Judge } from '../ops/index.ts';
import { type Actions, type ActionsParts, incidentActionOf, openActions } from './actions/index.ts';
import type { Config } from './config/index.ts';
import type { Incidents } from './incidents/index.ts';

export type { Actions } from './actions/index.ts';

/** The process that actions are done to. */
export type Acted = Omit<ActionsParts, 'config' | 'clock' | 'judge' | 'told'>;

interface ActingParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly judge: () => Judge;
}

/** A disk that hangs must not keep anybody from acting. */
const WRITTEN_MS = 200;

export class Acting {
  readonly #parts: ActingParts;
  readonly #incidents: Incidents;
  readonly #report: (code: string, detail: string) => void;
  #actions: Actions | null = null;

  constructor(parts: ActingParts, incidents: Incidents, report: (code: string, detail: string) => void) {
    this.#parts = parts;
    this.#incidents = incidents;
    this.#report = report;
  }

  /** There from {@link begin} on. */
  get actions(): Actions {
    return this.#actions!;
  }

  begin(process: Acted): void {
    const { config, clock, judge } = this.#parts;
    const told = async (record: ActionRecord): Promise<void> => {
      await Promise.race([this.#write(record), sleep(WRITTEN_MS, null, { ref: false })]);
    };
    this.#actions = openActions({ ...process, config, clock, judge, told });
  }

  step(): void {
    this.#actions?.automatic.step(this.#incidents.keeper.active().map(acuteOf));
  }

  async close(): Promise<void> {
    await this.#actions?.close();
  }

  async #write(record: ActionRecord): Promise<void> {
    const { keeper } = this.#incidents;
    const { incidentId, by, automatic, state } = record;
    const written = [
      ...(incidentId === null ? [] : [keeper.action(incidentId, incidentActionOf(record), { by })]),
      // What people ask for is taken down where they ask.
      ...(automatic || state === 'expired' ? [this.#takeDown(record)] : []),
    ];
    for (const one of await Promise.allSettled(written))
      if (one.status === 'rejected') this.#report('incident_fault', (one.reason as Error).message);
  }

  async #takeDown({ actionId, incidentId, runId, parameters, by, state }: ActionRecord): Promise<void> {
    const outcome = state === 'refused' ? 'refused' : state === 'failed' || state === 'timed_out' ? 'failed' : 'done';
    if (state === 'done' || state === 'without_effect')
      this.#incidents.changed({ kind: 'operator', summary: `${actionId} ${JSON.stringify(parameters)}`, by });
    await this.#incidents.audit.append({
      actor: by,
      address: '',
      action: `actions.${actionId}`,
      parameters: { incidentId, runId, state, parameters },
      outcome,
      code: outcome === 'refused' ? 'action_refused' : outcome === 'failed' ? state : '',
    });
  }
}

/** What people report and no detector sees is theirs to act on: a word must not restart workers. */
export const acuteOf = ({ id, type, severity, state, source, signs, acknowledged }: Incident): Acute => ({
  ...{ id, type, severity },
  firing:
    (state === 'detected' || state === 'acknowledged' || state === 'mitigating') &&
    (signs.length > 0 || source !== 'operator'),
  acknowledged: acknowledged !== null,
});
