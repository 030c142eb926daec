/** Incidents, what is done about them and who is told: put together over a process that is there already. */
import type { Clock } from '../engine/clock.ts';
import type { AuditAct } from '../ops/audit/index.ts';
import { AUTOMATIC, type Change } from '../ops/incidents/index.ts';
import type { Family, IncidentType, Judge } from '../ops/index.ts';
import { type Acted, Acting, type Actions } from './acting.ts';
import { auditAdmin, audited, auditFamilies } from './audit/index.ts';
import { Calls } from './calls.ts';
import type { Config } from './config/index.ts';
import type { Route } from './http.ts';
import {
  actionsAdmin,
  type Incidents,
  incidentFamilies,
  incidentsAdmin,
  openIncidents,
  postmortemAdmin,
  type Seen,
} from './incidents/index.ts';

export interface OperationsParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly version: string;
  /** Asked only once it is there. */
  readonly judge: () => Judge;
  /** Takes what an operator should know. */
  readonly noted: (about: string, code: string, detail: string) => void;
}

export interface Operations {
  readonly incidents: Incidents;
  readonly routes: readonly Route[];
  /** The routes, with each act of an operator taken down; what decides who may ask is in them already. */
  audited(routes: readonly Route[]): Route[];
  /** What happened to the process, as it is counted and noted. */
  heard(event: string, detail: string | null): void;
  /** What is done about incidents is done to this; from now on they are followed with every step of the judge. */
  begin(process: Acted): void;
  /** Acts no more, and waits for what is under way, though not for long. */
  stopActing(): Promise<void>;
  /** For /metrics. */
  families(): readonly Family[];
  /** What could not be kept, by where it was lost. */
  lost(): Readonly<Record<string, number>>;
  /** Never rejects. */
  close(): Promise<void>;
  /** For who opens something after it and cannot: lets go what is held, and throws the error. */
  failed(error: unknown): Promise<never>;
}

const STEP_MS = 1000;

/** @throws EngineError config_invalid where a channel's secret is missing; errors of the disk where its notices cannot be read */
export async function openOperations(parts: OperationsParts): Promise<Operations> {
  const { config, clock, judge } = parts;
  const report = (code: string, detail: string): void => parts.noted('incidents', code, detail);
  const incidents = await openIncidents({ ...parts, report });
  const { audit } = incidents;
  const calls = new Calls(parts, incidents);
  try {
    calls.begin();
  } catch (error) {
    await incidents.close();
    throw error;
  }
  let ends: (() => void) | null = null;
  const acting = new Acting(parts, incidents, report);
  const step = (seen: Seen): void => {
    // Each for itself: what is wrong with one must keep neither the others nor the judge from going on.
    for (const one of [() => incidents.step(seen), () => acting.step(), () => calls.step()]) {
      try {
        one();
      } catch (error) {
        report('incident_fault', (error as Error).stack ?? String(error));
      }
    }
  };
  return {
    incidents,
    routes: [...operationsRoutes(() => ({ ...parts, incidents, actions: acting.actions }), config), ...calls.routes],
    audited: (routes) =>
      audited(routes, {
        audit,
        bodyDepthMax: config.server.bodyDepthMax,
        done: (act) => {
          const change = changeByAct(act);
          if (change !== null) incidents.changed(change);
        },
      }),
    heard: (event, detail) => {
      const change = changeByEvent(event, detail);
      if (change !== null) incidents.changed(change);
      const type = Object.hasOwn(FOUND, event) ? FOUND[event]! : null;
      if (type !== null) void reportFound(incidents, { type, description: detail ?? '' }, report);
    },
    begin: (process) => {
      acting.begin(process);
      if (config.ops.enabled) {
        ends = judge().subscribe(() => step({ ...judge().seen, wallMs: judge().timeMs() }));
        return;
      }
      // Nobody judges: what was reported is still to be kept.
      const startedUs = clock.nowUs();
      const timer = setInterval(() => {
        const uptimeS = (clock.nowUs() - startedUs) / 1e6;
        step({ verdicts: [], uptimeS, wallMs: clock.wallMs() });
      }, STEP_MS).unref();
      ends = () => clearInterval(timer);
    },
    families: () => [...incidentFamilies(incidents.keeper), ...auditFamilies(audit), ...calls.families()],
    lost: () => {
      const { linesInAll, unreadable } = incidents.keeper.status().record;
      return { incidents: linesInAll + Number(unreadable !== null), audit: audit.lost };
    },
    stopActing: () => acting.close(),
    close: async () => {
      ends?.();
      // At once: what waits for a receiver must not keep a record open.
      await Promise.all([calls.close(), incidents.close()]);
    },
    failed: async (error) => {
      await incidents.close();
      throw error;
    },
  };
}

interface RoutesParts extends Pick<OperationsParts, 'config' | 'judge'> {
  readonly incidents: Incidents;
  readonly actions: Actions;
}

/** @param parts asked when somebody asks */
export function operationsRoutes(parts: () => RoutesParts, { server }: Pick<Config, 'server'>): Route[] {
  const settings = { bodyDepthMax: server.bodyDepthMax };
  return [
    ...incidentsAdmin(() => {
      const { incidents, judge, config } = parts();
      return { incidents, judge: judge(), slo: config.ops.slo };
    }, settings),
    ...actionsAdmin(() => {
      const { incidents, actions } = parts();
      return { keeper: incidents.keeper, actions };
    }, settings),
    ...postmortemAdmin(() => parts().incidents.keeper, settings),
    ...auditAdmin(() => {
      const { incidents, config } = parts();
      return { audit: incidents.audit, logs: config.logs, unkept: () => incidents.unkept };
    }, settings),
  ];
}

type Noted = Omit<Change, 'timeMs'>;

const KINDS: Readonly<Record<string, readonly [kind: Change['kind'], summary: string]>> = {
  index_swapped: ['index_swap', 'Another generation of the index serves'],
  changes_merged: ['index_merge', 'Changed documents were merged into a new generation of the index'],
  canary_changed: ['canary', 'An experiment was changed'],
  canary_rolled_back: ['canary', 'An experiment was rolled back'],
  arm_lost: ['canary', 'A variant was lost'],
  outside_model_lost: ['model', 'A process that runs a model was lost'],
};

function changeByEvent(event: string, detail: string | null): Noted | null {
  const known = Object.hasOwn(KINDS, event) ? KINDS[event]! : null;
  if (known === null) return null;
  const [kind, summary] = known;
  return { kind, summary: detail === null ? summary : `${summary}: ${detail}`, by: AUTOMATIC };
}

/** Of what changes how queries fare. What swaps an index or moves an experiment is heard of as an event. */
const CHANGING = /^(cache|rate-limit|faults|backup\.(restore|undo)|index\.rebuild|incidents\.(execute|undo))\b/;

function changeByAct({ action, actor, parameters }: AuditAct): Noted | null {
  if (!CHANGING.test(action)) return null;
  return { kind: 'operator', summary: `${action} ${JSON.stringify(parameters)}`, by: actor };
}

/** What is an incident by itself, whoever looked: a generation that does not hold what it should, an arm that is worse. */
const FOUND: Readonly<Record<string, IncidentType>> = {
  index_damaged: 'index_corruption',
  canary_rolled_back: 'canary_failure',
};

async function reportFound(
  { keeper }: Incidents,
  report: { readonly type: IncidentType; readonly description: string },
  failed: (code: string, detail: string) => void,
): Promise<void> {
  try {
    await keeper.found(report);
  } catch (error) {
    failed('incident_fault', (error as Error).message);
  }
}
