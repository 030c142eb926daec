/**
 * The post-mortem as a value: a pure function of what was recorded, so that it says the same whenever it is made. What people
 * wrote is events like all else, and is still there when it is made again.
 *
 * Its parts follow the template of Google's SRE book, with the runbook's checklists.
 */
import type { IncidentType, Severity } from '../../incident-type.ts';
import { WHOLE_SERVICE } from '../components.ts';
import { type Act, type Incident, STATES } from '../incident.ts';
import { CHECKLISTS, type ChecklistItem } from '../record/checklists.ts';
import {
  type ActionItem,
  type ActionRecord,
  type IncidentEvent,
  type PostmortemStatus,
  SECTIONS,
  type Section,
  type Suspect,
} from '../record/event.ts';
import type { BudgetBurned, Point, Stretch } from '../record/measured.ts';
import { heading } from './shown.ts';
import { type TimelineEntry, timelineOf } from './timeline.ts';

export interface Postmortem {
  readonly id: string;
  readonly title: string;
  readonly type: IncidentType;
  readonly scope: string;
  /** The worst it had. */
  readonly severity: Severity;
  readonly state: Incident['state'];
  readonly status: PostmortemStatus | 'none';
  /** Whoever did something, in the order of their first act. */
  readonly authors: readonly string[];
  readonly summary: string;
  readonly components: readonly string[];
  /** Milliseconds since the epoch; null where it did not come to that, or is not known. */
  readonly times: {
    readonly onsetMs: number | null;
    readonly detectedMs: number;
    readonly acknowledgedMs: number | null;
    readonly mitigatingMs: number | null;
    readonly mitigatedMs: number | null;
    readonly resolvedMs: number | null;
  };
  /** Milliseconds; `detect` since the onset, all others since it was detected. */
  readonly durations: Readonly<Record<'detectMs' | 'acknowledgeMs' | 'mitigateMs' | 'resolveMs', number | null>>;
  /** Null where the record of requests does not reach back so far. */
  readonly impact: Impact | null;
  readonly flaps: number;
  readonly signs: Incident['signs'];
  readonly suspects: readonly Suspect[];
  readonly related: readonly string[];
  readonly actions: readonly ActionRun[];
  readonly timeline: readonly TimelineEntry[];
  /** What people wrote; null what nobody has. */
  readonly sections: Readonly<Record<Section, string | null>>;
  readonly items: readonly ActionItem[];
  readonly checklists: readonly {
    readonly title: string;
    readonly items: readonly { readonly id: ChecklistItem; readonly text: string; readonly done: Act | null }[];
  }[];
  readonly points: readonly Point[];
}

export interface Impact {
  readonly before: Stretch;
  readonly during: Stretch;
  readonly after: Stretch | null;
  /** Of what callers did right and waited for; null where that was nothing. */
  readonly failedPercent: number | null;
  /** Of what was answered; null where nothing was. */
  readonly slowPercent: number | null;
  readonly budgets: readonly BudgetBurned[];
}

export interface ActionRun {
  readonly run: string;
  readonly action: string;
  readonly by: string;
  readonly startedMs: number;
  /** Null while it runs. */
  readonly endedMs: number | null;
  readonly phase: ActionRecord['phase'];
  readonly detail: string;
  readonly effect: ActionRecord['effect'];
}

export function postmortemOf(incident: Incident, events: readonly IncidentEvent[]): Postmortem {
  const { measured, postmortem, ticks } = incident;
  const sections = Object.fromEntries(SECTIONS.map((section) => [section, postmortem.sections[section] ?? null]));
  return {
    id: incident.id,
    title: titleOf(incident),
    type: incident.type,
    scope: incident.scope,
    severity: incident.severityWorst,
    state: incident.state,
    status: postmortem.status ?? 'none',
    authors: [...new Set(events.map(({ by }) => by))],
    summary: incident.summary,
    components: incident.components,
    ...timing(incident),
    impact: impactOf(measured),
    flaps: incident.flaps,
    signs: incident.signs,
    suspects: incident.suspects,
    related: incident.related,
    actions: runsOf(incident.actions),
    timeline: timelineOf(events),
    sections: sections as Record<Section, string | null>,
    items: postmortem.items,
    checklists: Object.values(CHECKLISTS).map(({ title, items }) => ({
      title,
      items: Object.entries(items).map(([id, text]) => {
        const item = id as ChecklistItem;
        return { id: item, text, done: ticks[item] ?? null };
      }),
    })),
    points: measured?.points ?? [],
  };
}

const titleOf = ({ type, scope, severityWorst }: Incident): string =>
  `${heading(type)}${scope === WHOLE_SERVICE ? '' : ` of ${scope}`}, ${severityWorst}`;

function timing(incident: Incident): Pick<Postmortem, 'times' | 'durations'> {
  const { openedMs, firstAcknowledged, firstMitigating, mitigated, resolved, measured, state } = incident;
  const over = STATES.indexOf(state) >= STATES.indexOf('mitigated');
  const onsetMs = measured?.onsetMs ?? null;
  const times = {
    onsetMs,
    detectedMs: openedMs,
    acknowledgedMs: firstAcknowledged?.timeMs ?? null,
    mitigatingMs: firstMitigating?.timeMs ?? null,
    mitigatedMs: over ? (mitigated?.timeMs ?? null) : null,
    resolvedMs: resolved?.timeMs ?? null,
  };
  // A clock that was set back makes no time negative.
  const since = (fromMs: number | null, toMs: number | null): number | null =>
    fromMs === null || toMs === null ? null : Math.max(0, toMs - fromMs);
  const durations = {
    detectMs: since(onsetMs, openedMs),
    acknowledgeMs: since(openedMs, times.acknowledgedMs),
    mitigateMs: since(openedMs, times.mitigatedMs),
    resolveMs: since(openedMs, times.resolvedMs),
  };
  return { times, durations };
}

function impactOf(measured: Incident['measured']): Impact | null {
  if (measured === null) return null;
  const { before, during, after, budgets } = measured;
  const answered = during.valid - during.failed;
  return {
    before,
    during,
    after,
    failedPercent: during.valid > 0 ? (during.failed / during.valid) * 100 : null,
    slowPercent: answered > 0 ? (during.slow / answered) * 100 : null,
    budgets,
  };
}

/** What belongs to one run of an action, as one. */
function runsOf(actions: Incident['actions']): ActionRun[] {
  const runs = new Map<string, ActionRun>();
  for (const { run, action, phase, detail, effect, by, timeMs } of actions) {
    const begun = runs.get(run);
    const endedMs = phase === 'started' ? null : timeMs;
    const startedMs = begun?.startedMs ?? timeMs;
    runs.set(run, {
      run,
      action,
      by: begun?.by ?? by,
      startedMs,
      endedMs,
      phase,
      detail,
      effect: effect ?? begun?.effect ?? null,
    });
  }
  return [...runs.values()];
}
