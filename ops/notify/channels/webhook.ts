/**
 * The message that Alertmanager sends its webhook receivers, version 4: every tool that takes those takes ours.
 *
 * Signed with HMAC-SHA256 over time and body where a secret is given, as `X-WP-Chat-Signature: t=SECONDS,v1=HEX`; the key in
 * `Idempotency-Key` is the same for each attempt.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../../engine/clock.ts';
import type { Notice } from '../notice.ts';
import { instantOf, linkOf } from './facts.ts';
import type { HttpReceiver } from './http-channel.ts';
import { type HttpRequest, JSON_TYPE } from './http-request.ts';
import { alertNameOf, annotationsOf, fingerprintOf, labelsOf } from './labels.ts';

/** What stands for an end that has not come: Go's zero time. */
const NOT_ENDED = '0001-01-01T00:00:00Z';

export interface WebhookTerms {
  readonly url: string;
  /** Name of the channel: what the receiver is called. */
  readonly receiver: string;
  /** Null for no signature. */
  readonly secret: string | null;
  readonly clock: Clock;
}

export const webhook = (terms: WebhookTerms): HttpReceiver => ({
  requestOf: (notice, key) => webhookRequest(notice, key, terms),
  isTaken: () => true,
});

export function webhookRequest(
  notice: Notice,
  key: string,
  { url, receiver, secret, clock }: WebhookTerms,
): HttpRequest {
  const body = JSON.stringify(messageOf(notice, receiver));
  const seconds = Math.floor(clock.wallMs() / 1000);
  const signed = secret === null ? {} : { 'x-wp-chat-signature': `t=${seconds},v1=${digestOf(secret, seconds, body)}` };
  return { url, headers: { ...JSON_TYPE, 'idempotency-key': encodeURIComponent(key), ...signed }, body };
}

const digestOf = (secret: string, seconds: number, body: string): string =>
  createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');

/** Names in the order in which they stand there. */
function messageOf(notice: Notice, receiver: string): object {
  const status = notice.state === 'resolved' ? 'resolved' : 'firing';
  const labels = labelsOf(notice);
  const annotations = annotationsOf(notice);
  const dashboard = linkOf(notice.links.dashboard) ?? '';
  const alertname = alertNameOf(notice);
  return {
    receiver,
    status,
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: instantOf(notice.startedMs),
        endsAt: status === 'firing' ? NOT_ENDED : instantOf(notice.endedMs ?? notice.startedMs),
        generatorURL: dashboard,
        fingerprint: fingerprintOf(labels),
      },
    ],
    groupLabels: { alertname },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: dashboard,
    version: '4',
    groupKey: `{}:{alertname="${alertname}"}`,
    truncatedAlerts: 0,
  };
}
