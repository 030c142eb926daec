/**
 * What does the machine do about an incident by itself, and when does it leave it to people?
 *
 * The steps of the incident's procedure that are its to do, one after the other, each after the last has had time to help; nothing while a
 * person has the incident, nothing once it no longer fires. So many an hour, and none at all for a while after several in a row that
 * did not help: a machine that keeps doing what does not help makes things worse. What was over for a while and comes back is gone about
 * anew: what helped before may have run out.
 */
import { type IncidentType, SEVERITIES, type Severity } from '../incident-type.ts';
import type { ActionRecord } from './action.ts';
import { PROCEDURES } from './procedures.ts';

export interface AutomaticSettings {
  readonly enabled: boolean;
  readonly actionsPerHourMax: number;
  /** Actions in a row that failed or had no effect, after which nothing is done for `breakMs`. */
  readonly failuresMax: number;
  readonly breakMs: number;
  /** What an action gets to show before the next one is tried. */
  readonly settleMs: number;
}

/** An incident as far as this is concerned. */
export interface Acute {
  readonly id: string;
  readonly type: IncidentType;
  readonly severity: Severity;
  /** Whether it is so now. */
  readonly firing: boolean;
  /** Whether a person has taken it. */
  readonly acknowledged: boolean;
}

export interface Due {
  readonly incidentId: string;
  readonly actionId: string;
}

const HOUR_MS = 3_600_000;
const INCIDENTS_MAX = 1000;

interface Progress {
  /** Index of the next step. */
  step: number;
  /** When the last one ended. */
  endedMs: number;
  underWay: boolean;
  /** Since when it has not been so; null while it is. */
  quietMs: number | null;
}

/** Times are those of a clock that never jumps: a calendar that is set back must not hold up what is due. */
export class Automatic {
  readonly #settings: AutomaticSettings;
  readonly #progress = new Map<string, Progress>();
  #startedMs: number[] = [];
  #failures = 0;
  #brokenUntilMs = Number.NEGATIVE_INFINITY;

  constructor(settings: AutomaticSettings) {
    this.#settings = settings;
  }

  /** Why nothing is done now whatever happens; null where something may be. */
  pause(nowMs: number): string | null {
    const { enabled, actionsPerHourMax } = this.#settings;
    if (!enabled) return 'automatic actions are off';
    if (nowMs < this.#brokenUntilMs)
      return `the last ${this.#failures} actions did not help: nothing is done for another ${Math.ceil((this.#brokenUntilMs - nowMs) / 1000)} s`;
    this.#startedMs = this.#startedMs.filter((startedMs) => nowMs - startedMs < HOUR_MS);
    return this.#startedMs.length >= actionsPerHourMax ? `${actionsPerHourMax} actions were done within an hour` : null;
  }

  /** What is to be done now, most severe first; each counts as begun, and {@link ended} is to be called when it has. */
  due(incidents: readonly Acute[], nowMs: number): Due[] {
    const due: Due[] = [];
    this.#notice(incidents, nowMs);
    const worstFirst = [...incidents].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
    for (const incident of worstFirst) {
      if (!incident.firing || incident.acknowledged || this.pause(nowMs) !== null) continue;
      const actionId = this.#next(incident, nowMs);
      if (actionId === null) continue;
      this.#startedMs.push(nowMs);
      due.push({ incidentId: incident.id, actionId });
    }
    return due;
  }

  /** What came of one. */
  ended({ incidentId, state }: Pick<ActionRecord, 'incidentId' | 'state'>, nowMs: number): void {
    const progress = incidentId === null ? undefined : this.#progress.get(incidentId);
    if (progress !== undefined) {
      progress.underWay = false;
      progress.endedMs = nowMs;
    }
    if (state === 'done') this.#failures = 0;
    else if (state !== 'refused') this.#failures += 1;
    if (this.#failures < this.#settings.failuresMax) return;
    this.#brokenUntilMs = nowMs + this.#settings.breakMs;
  }

  /** Begins again with automatic actions after they were stopped. */
  reset(): void {
    this.#failures = 0;
    this.#brokenUntilMs = Number.NEGATIVE_INFINITY;
  }

  /** Which are over, and which have come back. */
  #notice(incidents: readonly Acute[], nowMs: number): void {
    const firing = new Set(incidents.filter((one) => one.firing).map(({ id }) => id));
    for (const [id, progress] of this.#progress) {
      if (!firing.has(id)) progress.quietMs ??= nowMs;
      else {
        if (progress.quietMs !== null && nowMs - progress.quietMs >= this.#settings.settleMs) progress.step = 0;
        progress.quietMs = null;
      }
    }
  }

  #next({ id, type, severity }: Acute, nowMs: number): string | null {
    const progress = this.#progressOf(id);
    if (progress.underWay || nowMs - progress.endedMs < this.#settings.settleMs) return null;
    const steps = PROCEDURES[type];
    while (progress.step < steps.length) {
      const { actionId, automatic } = steps[progress.step++]!;
      if (!automatic.includes(severity)) continue;
      progress.underWay = true;
      return actionId;
    }
    return null;
  }

  #progressOf(id: string): Progress {
    let progress = this.#progress.get(id);
    if (progress === undefined) {
      progress = { step: 0, endedMs: Number.NEGATIVE_INFINITY, underWay: false, quietMs: null };
      this.#progress.set(id, progress);
      if (this.#progress.size > INCIDENTS_MAX) this.#progress.delete(this.#progress.keys().next().value!);
    }
    return progress;
  }
}
