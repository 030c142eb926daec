/**
 * What do the events of an incident make together? A pure function of one event after the other.
 *
 * It takes every event in every state, since a line between two others may be damaged: what is legal is asked before an event is
 * recorded (`transitions.ts`), never when it is read.
 */
import type { Act, BodyOf, Incident } from '../incident.ts';
import { USUAL_SEVERITY, worseOf } from '../severity.ts';
import { AUTOMATIC, type IncidentBody, type IncidentEvent, type Sign } from './event.ts';
import { ulidTimeMs } from './ulid.ts';

/** @param before null of the first event */
export function fold(before: Incident | null, event: IncidentEvent): Incident {
  const known = before ?? unknownOf(event);
  const act = { by: event.by, timeMs: event.timeMs };
  const next = { ...known, ...changesOf(known, event.event, act), type: event.type, scope: event.scope };
  return { ...next, events: known.events + 1, version: known.version + (isNews(known, next) ? 1 : 0) };
}

/** Of the first events of an incident, whatever they are. */
export const foldAll = (events: readonly IncidentEvent[]): Incident | null =>
  events.reduce<Incident | null>((before, event) => fold(before, event), null);

/** What is known where the line that opened it is damaged. */
function unknownOf({ incident, type, scope, timeMs }: IncidentEvent): Incident {
  const openedMs = ulidTimeMs(incident);
  return {
    id: incident,
    type,
    scope,
    severity: USUAL_SEVERITY[type],
    severityWorst: USUAL_SEVERITY[type],
    state: 'detected',
    version: 0,
    source: 'detector',
    openedMs: Math.min(openedMs, timeMs),
    openedBy: AUTOMATIC,
    summary: '',
    components: [],
    related: [],
    signs: [],
    suspects: [],
    acknowledged: null,
    firstAcknowledged: null,
    firstMitigating: null,
    mitigated: null,
    resolved: null,
    flaps: 0,
    mergedInto: null,
    actions: [],
    notes: 0,
    measured: null,
    postmortem: { status: null, sections: {}, items: [] },
    ticks: {},
    summarised: false,
    events: 0,
  };
}

/** Notes, symptoms and figures are no reason to refuse who has seen the incident without them. */
function isNews(before: Incident, next: Incident): boolean {
  return (
    before.events === 0 ||
    before.state !== next.state ||
    before.severity !== next.severity ||
    before.type !== next.type ||
    before.acknowledged !== next.acknowledged ||
    before.postmortem !== next.postmortem ||
    before.ticks !== next.ticks
  );
}

function changesOf(incident: Incident, body: IncidentBody, act: Act): Partial<Incident> {
  switch (body.kind) {
    case 'opened':
      return opened(body, act);
    case 'summary':
      return summary(body, act);
    case 'sign':
      return { signs: withSign(incident.signs, body.sign, act.timeMs) };
    case 'severity':
      return { severity: body.to, severityWorst: worseOf(incident.severityWorst, body.to) };
    case 'retyped':
      return { suspects: body.suspects };
    case 'note':
      return { notes: incident.notes + 1 };
    case 'measured':
      return { measured: body.measured };
    case 'postmortem':
    case 'written':
    case 'item':
    case 'ticked':
      return writtenUp(incident, body, act);
    default:
      return moved(incident, body, act);
  }
}

const opened = ({ kind: _, ...body }: BodyOf<'opened'>, { by, timeMs }: Act): Partial<Incident> => ({
  ...body,
  severityWorst: body.severity,
  openedMs: timeMs,
  openedBy: by,
});

function summary({ kind: _, ...body }: BodyOf<'summary'>, act: Act): Partial<Incident> {
  const { acknowledgedMs, mitigatedMs, resolvedMs, resolvedBy, notes, status, ...same } = body;
  const at = (timeMs: number | null): Act | null => (timeMs === null ? null : { by: act.by, timeMs });
  return {
    ...same,
    severityWorst: body.severity,
    state: 'resolved',
    firstAcknowledged: at(acknowledgedMs),
    firstMitigating: at(mitigatedMs),
    mitigated: at(mitigatedMs),
    resolved: { by: resolvedBy, timeMs: resolvedMs, notes },
    postmortem: { status, sections: {}, items: [] },
    summarised: true,
  };
}

function withSign(signs: Incident['signs'], sign: Sign, firstMs: number): Incident['signs'] {
  const at = signs.findIndex(({ detector }) => detector === sign.detector);
  return at < 0 ? [...signs, { ...sign, firstMs }] : signs.with(at, { ...sign, firstMs: signs[at]!.firstMs });
}

type Move = BodyOf<'acknowledged' | 'action' | 'mitigated' | 'relapsed' | 'resolved' | 'reopened' | 'merged'>;

function moved(incident: Incident, body: Move, act: Act): Partial<Incident> {
  const { state, firstAcknowledged, firstMitigating, ticks, flaps } = incident;
  switch (body.kind) {
    case 'acknowledged': {
      const next = { acknowledged: act, firstAcknowledged: firstAcknowledged ?? act };
      return state === 'detected' ? { ...next, state: 'acknowledged' } : next;
    }
    case 'action': {
      const actions = [...incident.actions, { ...body.record, ...act }];
      const begins = body.record.phase === 'started' || body.record.phase === 'succeeded';
      if (!begins || (state !== 'detected' && state !== 'acknowledged')) return { actions };
      return { actions, state: 'mitigating', firstMitigating: firstMitigating ?? act };
    }
    case 'mitigated': {
      // Who sees the numbers come back by himself has confirmed what monitoring says.
      const confirmed = act.by === AUTOMATIC ? { monitoring_confirmed: act } : {};
      return { state: 'mitigated', mitigated: act, ticks: { ...ticks, service_restored: act, ...confirmed } };
    }
    case 'resolved':
      return {
        state: 'resolved',
        mitigated: incident.mitigated ?? act,
        resolved: { ...act, notes: body.notes },
        ticks: { ...ticks, marked_resolved: act },
      };
    case 'merged':
      return { state: 'resolved', resolved: { ...act, notes: body.why }, mergedInto: body.into };
    case 'relapsed': {
      const back =
        incident.actions.length > 0 ? 'mitigating' : incident.acknowledged === null ? 'detected' : 'acknowledged';
      return { state: back, mitigated: null, flaps: flaps + 1 };
    }
    case 'reopened':
      return {
        state: 'detected',
        severity: body.severity,
        severityWorst: worseOf(incident.severityWorst, body.severity),
        acknowledged: null,
        mitigated: null,
        resolved: null,
        flaps: flaps + 1,
      };
  }
}

type WriteUp = BodyOf<'postmortem' | 'written' | 'item' | 'ticked'>;

function writtenUp({ postmortem, ticks }: Incident, body: WriteUp, act: Act): Partial<Incident> {
  const { sections, items } = postmortem;
  switch (body.kind) {
    case 'postmortem': {
      const documented = ticks.timeline_documented ?? act;
      return {
        postmortem: { ...postmortem, status: body.status },
        ticks: { ...ticks, timeline_documented: documented },
      };
    }
    case 'written':
      return { postmortem: { ...postmortem, sections: { ...sections, [body.section]: body.text } } };
    case 'item': {
      const at = items.findIndex(({ id }) => id === body.item.id);
      return { postmortem: { ...postmortem, items: at < 0 ? [...items, body.item] : items.with(at, body.item) } };
    }
    case 'ticked': {
      const { [body.item]: _, ...others } = ticks;
      return { ticks: body.done ? { ...others, [body.item]: act } : others };
    }
  }
}
