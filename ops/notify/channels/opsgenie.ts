/** Opsgenie's Alert API v2: an alert is made, acknowledged and closed by its alias, the incident's id. */
import type { Severity } from '../../incident-type.ts';
import type { Notice, NoticeState } from '../notice.ts';
import { block, line } from '../text.ts';
import { componentsOf, linkOf, numbersOf, SOURCE } from './facts.ts';
import type { HttpReceiver } from './http-channel.ts';
import { type HttpRequest, JSON_TYPE } from './http-request.ts';

/** Its limits, in characters. */
const MESSAGE_MAX = 130;
const ALIAS_MAX = 512;
const DESCRIPTION_MAX = 15_000;
const ENTITY_MAX = 512;
const TAG_MAX = 50;
const NOTE_MAX = 25_000;
/** Of all details together, names and values. */
const DETAILS_MAX = 8000;

const PRIORITY: Readonly<Record<Severity, string>> = { critical: 'P1', high: 'P2', medium: 'P3', low: 'P4' };

/** It has no state for an incident that is mitigated and not over; that is a note. */
const PATH: Readonly<Record<NoticeState, 'create' | 'acknowledge' | 'notes' | 'close'>> = {
  opened: 'create',
  escalated: 'create',
  reopened: 'create',
  acknowledged: 'acknowledge',
  mitigated: 'notes',
  resolved: 'close',
};

export interface OpsgenieTerms {
  /** Address of the API, without a path: that of the region, or of a compatible service. */
  readonly url: string;
  readonly apiKey: string;
}

export const opsgenie = (terms: OpsgenieTerms): HttpReceiver => ({
  requestOf: (notice) => opsgenieRequest(notice, terms),
  isTaken: ({ status, body }) => status === 202 && body.includes('"requestId"'),
});

export function opsgenieRequest(notice: Notice, { url, apiKey }: OpsgenieTerms): HttpRequest {
  const headers = { ...JSON_TYPE, authorization: `GenieKey ${apiKey}` };
  const alias = line(notice.incidentId, ALIAS_MAX);
  const path = PATH[notice.state];
  if (path === 'create') return { url: `${url}/v2/alerts`, headers, body: JSON.stringify(alertOf(notice, alias)) };
  const body = { source: SOURCE, user: SOURCE, note: block(`${notice.state}: ${notice.summary}`, NOTE_MAX) };
  return {
    url: `${url}/v2/alerts/${encodeURIComponent(alias)}/${path}?identifierType=alias`,
    headers,
    body: JSON.stringify(body),
  };
}

function alertOf(notice: Notice, alias: string): object {
  return {
    message: line(notice.title, MESSAGE_MAX) || notice.type,
    alias,
    description: block(notice.summary, DESCRIPTION_MAX),
    tags: [notice.type, notice.severity, notice.state].map((tag) => line(tag, TAG_MAX)),
    details: detailsOf(notice),
    entity: componentsOf(notice, ENTITY_MAX) || SOURCE,
    source: SOURCE,
    priority: PRIORITY[notice.severity],
  };
}

function detailsOf(notice: Notice): Record<string, string> {
  const all: [string, string][] = [
    ['level', String(notice.level)],
    ['fingerprint', line(notice.fingerprint, ENTITY_MAX)],
    ['dashboard', linkOf(notice.links.dashboard) ?? ''],
    ['runbook', linkOf(notice.links.runbook) ?? ''],
    ...numbersOf(notice).map(([name, value]): [string, string] => [name, String(value)]),
  ];
  let left = DETAILS_MAX;
  return Object.fromEntries(
    all.filter(([name, value]) => {
      left -= name.length + value.length;
      return left >= 0 && value !== '';
    }),
  );
}
