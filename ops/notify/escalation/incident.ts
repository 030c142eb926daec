/** What the escalation has to know of an incident, each time it looks. */
import type { IncidentType, Severity } from '../../incident-type.ts';
import type { Notice, NoticeState } from '../notice.ts';

/** Plain values; what keeps incidents makes it of what it has. Texts may be anything at all. */
export interface IncidentView {
  /** Another one for each incident. */
  readonly id: string;
  readonly type: IncidentType;
  readonly severity: Severity;
  /** Open stands for detected, acknowledged and mitigating; what comes after the end is resolved. */
  readonly phase: 'open' | 'mitigated' | 'resolved';
  /** When it was acknowledged last, milliseconds since the Unix epoch; null where nobody has. */
  readonly acknowledgedMs: number | null;
  /** How often it was opened again after it had been resolved. */
  readonly reopened: number;
  readonly title: string;
  readonly summary: string;
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly numbers: Readonly<Record<string, number>>;
  readonly links: Notice['links'];
  readonly components: readonly string[];
  readonly fingerprint: string;
}

/** As much of a text as some receiver takes: what waits for a receiver must be bounded, whatever an incident says. */
const TITLE_UNITS_MAX = 1024;
const SUMMARY_UNITS_MAX = 8000;
const ID_UNITS_MAX = 512;
const LINK_UNITS_MAX = 2048;
const NUMBERS_MAX = 64;
const COMPONENTS_MAX = 32;

export function noticeOf(view: IncidentView, state: NoticeState, level: number): Notice {
  const { dashboard, runbook } = view.links;
  return {
    incidentId: view.id,
    type: view.type,
    severity: view.severity,
    state,
    title: view.title.slice(0, TITLE_UNITS_MAX),
    summary: view.summary.slice(0, SUMMARY_UNITS_MAX),
    startedMs: view.startedMs,
    endedMs: view.endedMs,
    numbers: Object.fromEntries(
      Object.entries(view.numbers)
        .slice(0, NUMBERS_MAX)
        .map(([name, value]) => [name.slice(0, ID_UNITS_MAX), value]),
    ),
    links: { dashboard: dashboard.slice(0, LINK_UNITS_MAX), runbook: runbook.slice(0, LINK_UNITS_MAX) },
    components: view.components.slice(0, COMPONENTS_MAX).map((one) => one.slice(0, ID_UNITS_MAX)),
    level: Math.max(1, level),
    fingerprint: view.fingerprint.slice(0, ID_UNITS_MAX),
  };
}
