/** Follows the incidents of a server from outside, as an operator's screen does, and notes when each thing was first to be seen. */
import type { IncidentType } from '../incident-type.ts';
import type { SeenAction, SeenIncident } from './seen.ts';
import type { Pause, Stage } from './stage.ts';

/** As `GET /admin/incidents/active` tells it. */
export interface ToldIncident {
  readonly incident_id: string;
  readonly incident_type: IncidentType;
  readonly state: string;
  readonly description: string;
  readonly merged_into: string | null;
  readonly signs: readonly unknown[];
  readonly actions_taken: readonly {
    readonly run: string;
    readonly action: string;
    readonly phase: string;
    readonly by: string;
  }[];
}

const LOOK_MS = 250;

export const activeIncidents = async (stage: Stage): Promise<readonly ToldIncident[]> =>
  (await stage.ask<{ active_incidents: readonly ToldIncident[] }>('GET', '/admin/incidents/active')).active_incidents;

interface Followed extends Omit<SeenIncident, 'actions'> {
  readonly actions: Map<string, SeenAction>;
}

export class Watch {
  readonly #stage: Stage;
  readonly #pause: Pause;
  readonly #incidents = new Map<string, Followed>();
  readonly #own = new Set<string>();
  #on = true;
  readonly #done: Promise<void>;

  constructor(stage: Stage, pause: Pause) {
    this.#stage = stage;
    this.#pause = pause;
    this.#done = this.#follow();
  }

  /** One that the rehearsal reported itself: it counts only where a detector has something to say, too. */
  own(id: string): void {
    this.#own.add(id);
  }

  get incidents(): readonly SeenIncident[] {
    return [...this.#incidents.values()].map((one) => ({ ...one, actions: [...one.actions.values()] }));
  }

  /** Looks a last time. Those that turned out to be part of another one are no longer among them. */
  async end(): Promise<readonly SeenIncident[]> {
    this.#on = false;
    await this.#done;
    await this.#look();
    for (const id of this.#incidents.keys()) {
      const { incident } = await this.#stage.ask<{ incident: ToldIncident }>('GET', `/admin/incidents/${id}`);
      if (incident.merged_into !== null) this.#incidents.delete(id);
    }
    return this.incidents;
  }

  async #follow(): Promise<void> {
    while (this.#on) {
      // A server that does not answer now is asked again.
      await this.#look().catch(() => {});
      await this.#pause(LOOK_MS).catch(() => {
        this.#on = false;
      });
    }
  }

  async #look(): Promise<void> {
    const active = await activeIncidents(this.#stage);
    const nowMs = Date.now();
    for (const told of active) if (!this.#own.has(told.incident_id) || told.signs.length > 0) this.#note(told, nowMs);
  }

  #note(
    { incident_id: id, incident_type: type, description: summary, actions_taken }: ToldIncident,
    nowMs: number,
  ): void {
    const known = this.#incidents.get(id);
    const typedMs = known?.type === type ? known.typedMs : nowMs;
    const actions = known?.actions ?? new Map<string, SeenAction>();
    for (const { run, action, phase, by } of actions_taken) {
      const key = `${run} ${phase}`;
      if (!actions.has(key)) actions.set(key, { run, action, phase, by, atMs: nowMs });
    }
    this.#incidents.set(id, { id, type, firstMs: known?.firstMs ?? nowMs, typedMs, summary, actions });
  }
}
