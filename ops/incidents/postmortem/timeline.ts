/** What happened when, in sentences? */
import type { IncidentBody, IncidentEvent } from '../record/event.ts';

export interface TimelineEntry {
  readonly timeMs: number;
  readonly by: string;
  readonly kind: IncidentBody['kind'];
  readonly text: string;
}

/** Figures are no event of the incident. */
export const timelineOf = (events: readonly IncidentEvent[]): TimelineEntry[] =>
  events
    .filter(({ event }) => event.kind !== 'measured')
    .map((event) => ({ timeMs: event.timeMs, by: event.by, kind: event.event.kind, text: sentenceOf(event) }));

function sentenceOf({ type, event }: IncidentEvent): string {
  switch (event.kind) {
    case 'opened':
      return `Detected: ${wordsOf(type)}, ${event.severity}. ${event.summary}`;
    case 'sign':
      return event.sign.type === type
        ? `Detector ${event.sign.detector} (${event.sign.severity}): ${event.sign.why}`
        : `Symptom ${wordsOf(event.sign.type)}, detector ${event.sign.detector} (${event.sign.severity}): ${event.sign.why}`;
    case 'severity':
      return `Severity is now ${event.to}. ${event.why}`;
    case 'retyped':
      return `The cause of ${wordsOf(event.from)} is ${wordsOf(type)}. ${event.why}`;
    case 'merged':
      return event.why;
    case 'acknowledged':
      return 'Acknowledged';
    case 'note':
      return event.text;
    case 'action':
      return `Action ${event.record.action} ${event.record.phase}${event.record.detail === '' ? '' : `: ${event.record.detail}`}`;
    case 'mitigated':
      return `Mitigated. ${event.why}`;
    case 'relapsed':
      return `It came back. ${event.why}`;
    case 'resolved':
      return `Resolved${event.notes === '' ? '' : `: ${event.notes}`}`;
    case 'reopened':
      return `Opened again, ${event.severity}. ${event.why}`;
    case 'measured':
      return 'Figures were taken';
    case 'postmortem':
      return `The post-mortem is ${wordsOf(event.status)}`;
    case 'written':
      return `The post-mortem's ${wordsOf(event.section)} was written`;
    case 'ticked':
      return `${event.done ? 'Done' : 'Not done'}: ${wordsOf(event.item)}`;
    case 'item':
      return `Action item ${event.item.done ? 'done' : 'noted'}: ${event.item.text}`;
    case 'summary':
      return `Only a summary is left: ${event.summary}`;
  }
}

const wordsOf = (name: string): string => name.replaceAll('_', ' ');
