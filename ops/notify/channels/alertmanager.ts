/**
 * Alertmanager's API v2: incidents as alerts, posted again and again while they last.
 *
 * It forgets whom nobody speaks of, so each alert says itself when it ends: a few minutes from now, later with each post. An
 * incident that is over is posted once more, with its end.
 */
import type { Clock } from '../../../engine/clock.ts';
import type { Notice } from '../notice.ts';
import { instantOf, linkOf } from './facts.ts';
import type { HttpReceiver } from './http-channel.ts';
import { type HttpRequest, JSON_TYPE } from './http-request.ts';
import { annotationsOf, labelsOf } from './labels.ts';

/** Its clients post at least each minute or two. */
const REPOST_MS = 60_000;
/** So many posts may be lost until it takes an incident for over. */
const LASTS_MS = 4 * REPOST_MS;

export interface AlertmanagerTerms {
  /** Address, with the path prefix where it has one. */
  readonly url: string;
  /** Bearer token; null where it wants none. */
  readonly token: string | null;
  readonly clock: Clock;
}

export const alertmanager = (terms: AlertmanagerTerms): HttpReceiver => ({
  requestOf: (notice) => alertmanagerRequest([notice], terms),
  // Its answer has no content, so that one with some is somebody else's.
  isTaken: ({ status, body }) => status === 200 && !body.trimStart().startsWith('<'),
  keepAlive: { everyMs: REPOST_MS, requestOf: (active) => alertmanagerRequest(active, terms) },
});

export function alertmanagerRequest(notices: readonly Notice[], { url, token, clock }: AlertmanagerTerms): HttpRequest {
  const nowMs = clock.wallMs();
  return {
    url: `${url}/api/v2/alerts`,
    headers: token === null ? JSON_TYPE : { ...JSON_TYPE, authorization: `Bearer ${token}` },
    body: JSON.stringify(notices.map((notice) => alertOf(notice, nowMs))),
  };
}

function alertOf(notice: Notice, nowMs: number): object {
  const endMs = notice.state === 'resolved' ? (notice.endedMs ?? nowMs) : nowMs + LASTS_MS;
  // It refuses alerts that end before they begin, whatever the clocks did.
  const startMs = Math.min(notice.startedMs, endMs);
  return {
    labels: labelsOf(notice),
    annotations: annotationsOf(notice),
    startsAt: instantOf(startMs),
    endsAt: instantOf(endMs),
    generatorURL: linkOf(notice.links.dashboard) ?? '',
  };
}
