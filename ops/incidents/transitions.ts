/**
 * What may be done to an incident, and in which states?
 *
 * ```text
 * detected ─▶ acknowledged ─▶ mitigating ─▶ mitigated ─▶ resolved      each may be skipped; acknowledging is a fact of its own,
 *    ▲                            ▲              │            │        so it does not undo that something is being done
 *    │                            └── relapsed ──┘            │
 *    └──────────────── reopened, within half an hour ─────────┘
 *
 * post-mortem: (none) ─▶ draft ─▶ in_review ─▶ reviewed ─▶ closed      back to draft from review; closed is the end
 * ```
 */
import { EngineError } from '../../engine/errors.ts';
import type { Incident, IncidentState } from './incident.ts';
import type { PostmortemStatus } from './record/event.ts';

const OPEN: readonly IncidentState[] = ['detected', 'acknowledged', 'mitigating', 'mitigated'];

const LEGAL = {
  acknowledge: OPEN,
  act: OPEN,
  mitigate: ['detected', 'acknowledged', 'mitigating'],
  resolve: OPEN,
  reopen: ['resolved'],
  writeUp: ['mitigated', 'resolved'],
} as const satisfies Record<string, readonly IncidentState[]>;
export type IncidentAct = keyof typeof LEGAL;

const NEXT: Readonly<Record<PostmortemStatus | 'none', readonly PostmortemStatus[]>> = {
  none: ['draft'],
  draft: ['in_review'],
  in_review: ['draft', 'reviewed'],
  reviewed: ['draft', 'closed'],
  closed: [],
};

const REMEDIES: Readonly<Record<IncidentAct, string>> = {
  acknowledge: 'Nothing is to be done: it is over. If it came back, it is opened again by itself, or as a new one',
  act: 'Run the action on an incident that is open',
  mitigate: 'Resolve it, or wait until it comes back',
  resolve: 'Nothing is to be done: it is over',
  reopen: 'Resolve it first',
  writeUp: 'Mitigate or resolve it first',
};

/** @throws EngineError incident_changed with the present state, where it is not the version that was seen; incident_state */
export function demand(incident: Incident, act: IncidentAct, expectedVersion?: number): void {
  demandVersion(incident, expectedVersion);
  const allowed: readonly IncidentState[] = LEGAL[act];
  if (allowed.includes(incident.state)) return;
  throw new EngineError('incident_state', `Cannot ${wordOf(act)}: incident ${incident.id} is ${incident.state}`, {
    field: 'state',
    value: presentOf(incident),
    expected: allowed.join(', '),
    remedy: REMEDIES[act],
  });
}

/** @throws EngineError incident_changed */
export function demandVersion(incident: Incident, expectedVersion?: number): void {
  if (expectedVersion === undefined || expectedVersion === incident.version) return;
  const { id, state, version } = incident;
  const detail = `Incident ${id} is ${state}, version ${version}: expected version ${expectedVersion}`;
  throw new EngineError('incident_changed', detail, {
    field: 'expectedVersion',
    value: presentOf(incident),
    expected: String(version),
    remedy: 'Look at it again, then decide anew',
  });
}

/** @throws EngineError incident_state */
export function demandStatus({ id, postmortem }: Incident, to: PostmortemStatus): void {
  const from = postmortem.status ?? 'none';
  if (NEXT[from].includes(to)) return;
  throw new EngineError('incident_state', `The post-mortem of ${id} cannot become ${to}: it is ${from}`, {
    field: 'status',
    value: to,
    expected: NEXT[from].join(', ') || 'nothing: closed is the end',
  });
}

const wordOf = (act: IncidentAct): string => (act === 'writeUp' ? 'write up' : act);

const presentOf = ({ state, version, severity, type }: Incident) => ({ state, version, severity, type });
