/**
 * PagerDuty Events API v2: an event that triggers, acknowledges or resolves what the incident's id stands for; and what was changed, as
 * a change event, which is shown beside incidents and calls nobody.
 */
import type { Severity } from '../../incident-type.ts';
import type { Notice, NoticeState } from '../notice.ts';
import { block, line } from '../text.ts';
import { componentsOf, instantOf, linkOf, numbersOf, SOURCE } from './facts.ts';
import type { HttpReceiver } from './http-channel.ts';
import { type HttpRequest, JSON_TYPE } from './http-request.ts';

/** Its limits, in characters. An event may have 512,000 bytes: with these, one of ours has less than a tenth of it. */
const DEDUP_KEY_MAX = 255;
const SUMMARY_MAX = 1024;
const FIELD_MAX = 255;
const DETAILS_MAX = 8000;

const SEVERITY: Readonly<Record<Severity, string>> = {
  critical: 'critical',
  high: 'error',
  medium: 'warning',
  low: 'info',
};

/** It has no state for an incident that is mitigated and not over. */
const ACTION: Readonly<Record<NoticeState, 'trigger' | 'acknowledge' | 'resolve' | null>> = {
  opened: 'trigger',
  escalated: 'trigger',
  reopened: 'trigger',
  acknowledged: 'acknowledge',
  mitigated: null,
  resolved: 'resolve',
};

export interface PagerDutyTerms {
  /** Address of the API, without a path. */
  readonly url: string;
  readonly routingKey: string;
  /** Whether changes are told. */
  readonly changes: boolean;
}

export const pagerDuty = (terms: PagerDutyTerms): HttpReceiver => ({
  requestOf: (notice) => pagerDutyRequest(notice, terms),
  takesChanges: terms.changes,
  isTaken: ({ status, body }) => status === 202 && body.includes('"success"'),
});

export function pagerDutyRequest(
  notice: Notice,
  { url, routingKey }: Omit<PagerDutyTerms, 'changes'>,
): HttpRequest | null {
  if (notice.type === 'change') {
    const event = { routing_key: routingKey, payload: changeOf(notice), links: [] };
    return { url: `${url}/v2/change/enqueue`, headers: JSON_TYPE, body: JSON.stringify(event) };
  }
  const action = ACTION[notice.state];
  if (action === null) return null;
  const event = {
    routing_key: routingKey,
    event_action: action,
    dedup_key: line(notice.incidentId, DEDUP_KEY_MAX),
    ...(action === 'trigger' ? triggerOf(notice) : {}),
  };
  return { url: `${url}/v2/enqueue`, headers: JSON_TYPE, body: JSON.stringify(event) };
}

const changeOf = (notice: Notice): object => ({
  summary: line(notice.title, SUMMARY_MAX) || line(notice.fingerprint, SUMMARY_MAX) || notice.type,
  source: SOURCE,
  timestamp: instantOf(notice.startedMs),
  custom_details: { what: block(notice.summary, DETAILS_MAX) },
});

function triggerOf(notice: Notice): object {
  const dashboard = linkOf(notice.links.dashboard);
  const runbook = linkOf(notice.links.runbook);
  return {
    client: SOURCE,
    ...(dashboard === null ? {} : { client_url: dashboard }),
    links: runbook === null ? [] : [{ href: runbook, text: 'Runbook' }],
    images: [],
    payload: {
      summary: line(notice.title, SUMMARY_MAX) || notice.type,
      source: SOURCE,
      severity: SEVERITY[notice.severity],
      timestamp: instantOf(notice.startedMs),
      component: componentsOf(notice, FIELD_MAX) || SOURCE,
      group: line(notice.fingerprint, FIELD_MAX) || notice.type,
      class: notice.type,
      custom_details: {
        summary: block(notice.summary, DETAILS_MAX),
        state: notice.state,
        level: notice.level,
        numbers: Object.fromEntries(numbersOf(notice)),
      },
    },
  };
}
