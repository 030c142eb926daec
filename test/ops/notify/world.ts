/** A world in which incidents come and go at random, and somebody looks at it every few seconds. */
import fc from 'fast-check';
import { INCIDENT_TYPES, SEVERITIES, type Severity } from '../../../ops/incident-type.ts';
import type { IncidentView } from '../../../ops/notify/escalation/incident.ts';
import { quietReason, type Silence } from '../../../ops/notify/escalation/quiet.ts';
import type { Called, Rules } from '../../../ops/notify/escalation/rules.ts';
import { type Dispatch, type EscalationState, NOTHING_YET } from '../../../ops/notify/escalation/state.ts';
import { step } from '../../../ops/notify/escalation/step.ts';

export const STEP_MS = 10_000;
export const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 28);

export type Event =
  | { readonly kind: 'open'; readonly severity: Severity }
  | { readonly kind: 'acknowledge' | 'mitigate' | 'fail' | 'resolve' | 'reopen' | 'forget'; readonly which: number }
  | { readonly kind: 'severity'; readonly which: number; readonly severity: Severity }
  | { readonly kind: 'silence'; readonly severity: Severity; readonly minutes: number }
  | { readonly kind: 'wait'; readonly steps: number };

const which = fc.nat(1000);
const severity = fc.constantFrom(...SEVERITIES, 'critical' as const, 'critical' as const);
export const anyEvents: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('open' as const), severity }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom('acknowledge', 'mitigate', 'fail', 'resolve', 'reopen', 'forget'),
        which,
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('severity' as const), which, severity }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('silence' as const),
        severity,
        minutes: fc.integer({ min: 1, max: 40 }),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), steps: fc.integer({ min: 1, max: 120 }) }),
    },
  ),
  { minLength: 1, maxLength: 40 },
);

const called = (...channels: string[]): Called[] => channels.map((channel) => ({ channel, severityMin: 'low' }));

export const anyRules: fc.Arbitrary<Rules> = fc
  .record({
    filled: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    repeatsMax: fc.integer({ min: 0, max: 5 }),
    // Mostly too little.
    budgetPerHour: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.integer({ min: 1, max: 30 })),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ filled, repeatsMax, budgetPerHour, share }) => ({
    // The first level is never empty: else nobody can be told at all.
    levels: filled.map((is, at) => (at === 0 || is ? called(`level${at + 1}`, 'room') : [])),
    timeoutMs: { critical: 5 * MINUTE_MS, high: 15 * MINUTE_MS, medium: 60 * MINUTE_MS, low: null },
    repeatsMax,
    acknowledgedMs: 30 * MINUTE_MS,
    budgetPerHour,
    criticalReserve: Math.floor(share * budgetPerHour),
    quiet: { silences: [], maintenance: [] },
  }));

export interface Look {
  readonly nowMs: number;
  readonly incidents: readonly IncidentView[];
  readonly rules: Rules;
  readonly before: EscalationState;
  readonly after: EscalationState;
  readonly dispatches: readonly Dispatch[];
  readonly isQuiet: (view: IncidentView) => boolean;
}

/** Every look of a run, in order. @param restart what becomes of the state between two looks */
export function run(
  events: readonly Event[],
  rules: Rules,
  restart: (state: EscalationState) => EscalationState = (state) => state,
): Look[] {
  const incidents: IncidentView[] = [];
  const silences: Silence[] = [];
  const looks: Look[] = [];
  let nowMs = START_MS;
  let state = NOTHING_YET;
  for (const event of events) {
    happen(event, incidents, silences, nowMs);
    for (let left = event.kind === 'wait' ? event.steps : 1; left > 0; left--) {
      nowMs += STEP_MS;
      const now = { ...rules, quiet: { ...rules.quiet, silences: [...silences] } };
      const before = restart(state);
      const { state: after, dispatches } = step(before, [...incidents], nowMs, now);
      const atMs = nowMs;
      const isQuiet = (view: IncidentView): boolean => quietReason(now.quiet, view, atMs) !== null;
      looks.push({ nowMs, incidents: [...incidents], rules: now, before, after, dispatches, isQuiet });
      state = after;
    }
  }
  return looks;
}

function happen(event: Event, incidents: IncidentView[], silences: Silence[], nowMs: number): void {
  if (event.kind === 'open')
    incidents.push(viewWith({ id: `i${incidents.length}-${nowMs}`, severity: event.severity, startedMs: nowMs }));
  else if (event.kind === 'silence') {
    const endsMs = nowMs + event.minutes * MINUTE_MS;
    const matchers = { types: [], severities: [event.severity], components: [] };
    silences.push({ id: String(nowMs), author: 'a', reason: 'r', createdMs: nowMs, endsMs, ...matchers });
  } else if (event.kind !== 'wait' && incidents.length > 0) {
    const at = event.which % incidents.length;
    if (event.kind === 'forget') incidents.splice(at, 1);
    else incidents[at] = changed(incidents[at]!, event, nowMs);
  }
}

function changed(view: IncidentView, event: Event, nowMs: number): IncidentView {
  const isOver = view.phase === 'resolved';
  if (event.kind === 'acknowledge' && !isOver) return { ...view, acknowledgedMs: nowMs };
  if (event.kind === 'mitigate' && !isOver) return { ...view, phase: 'mitigated' };
  if (event.kind === 'fail' && !isOver) return { ...view, phase: 'open' };
  if (event.kind === 'resolve') return { ...view, phase: 'resolved', endedMs: nowMs };
  if (event.kind === 'severity') return { ...view, severity: event.severity };
  if (event.kind === 'reopen' && isOver)
    return { ...view, phase: 'open', endedMs: null, acknowledgedMs: null, reopened: view.reopened + 1 };
  return view;
}

export const viewWith = (part: Partial<IncidentView> = {}): IncidentView => ({
  id: 'i1',
  type: INCIDENT_TYPES[0],
  severity: 'critical',
  phase: 'open',
  acknowledgedMs: null,
  reopened: 0,
  title: 'Search is slow',
  summary: 'p95 5200 ms',
  startedMs: START_MS,
  endedMs: null,
  numbers: { p95Ms: 5200 },
  links: { dashboard: '', runbook: '' },
  components: ['search'],
  fingerprint: 'high_latency',
  ...part,
});
