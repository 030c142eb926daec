/** How does a request reach its receiver? One sender for all that speak HTTP: a deadline, a bound on the answer, no secret in an error. */
import type { Clock } from '../../../engine/clock.ts';
import type { Severity } from '../../incident-type.ts';
import type { Notice } from '../notice.ts';
import type { Channel, Delivery } from './channel.ts';
import { type HttpAnswer, type HttpRequest, judgeAnswer, retryAfterMsOf } from './http-request.ts';

export interface HttpChannelTerms {
  readonly name: string;
  readonly kind: string;
  readonly severityMin: Severity;
  readonly paceMs: number;
  /** From the first byte sent to the last one read. */
  readonly deadlineMs: number;
  /** Are not shown, whatever an error says. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
}

export interface HttpReceiver {
  /** Null where there is nothing to tell. */
  readonly requestOf: (notice: Notice, key: string) => HttpRequest | null;
  readonly isTaken: (answer: HttpAnswer) => boolean;
  readonly takesChanges?: boolean;
  readonly keepAlive?: { readonly everyMs: number; readonly requestOf: (active: readonly Notice[]) => HttpRequest };
}

/** An answer is read so far and no further. */
const ANSWER_BYTES_MAX = 16 * 1024;

export function httpChannel(
  terms: HttpChannelTerms,
  { requestOf, isTaken, takesChanges = false, keepAlive }: HttpReceiver,
): Channel {
  const { name, kind, severityMin, paceMs } = terms;
  const deliver = async (request: HttpRequest): Promise<Delivery> => {
    const delivery = await post(request, terms).then(
      (answer) => judgeAnswer(answer, isTaken),
      (error: unknown): Delivery => ({ kind: 'later', reason: reasonOf(error, terms.deadlineMs), afterMs: null }),
    );
    return 'reason' in delivery ? { ...delivery, reason: redacted(delivery.reason, terms.secrets) } : delivery;
  };
  return {
    name,
    kind,
    severityMin,
    takesChanges,
    paceMs,
    send: async (notice, key) => {
      const request = requestOf(notice, key);
      return request === null ? { kind: 'nothing' } : await deliver(request);
    },
    keepAlive:
      keepAlive === undefined
        ? null
        : { everyMs: keepAlive.everyMs, post: (active) => deliver(keepAlive.requestOf(active)) },
  };
}

async function post({ url, headers, body }: HttpRequest, { deadlineMs, clock }: HttpChannelTerms): Promise<HttpAnswer> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), deadlineMs);
  try {
    // A redirect is not followed: the body and the key are for this address and no other.
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: end.signal });
    const retryAfterMs = retryAfterMsOf(response.headers.get('retry-after'), clock.wallMs());
    return { status: response.status, body: await beginningOf(response), retryAfterMs };
  } finally {
    clearTimeout(timer);
  }
}

async function beginningOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    parts.push(part as Uint8Array);
    bytes += (part as Uint8Array).length;
    if (bytes > ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(parts).toString('utf8', 0, ANSWER_BYTES_MAX);
}

function reasonOf(error: unknown, deadlineMs: number): string {
  const { name, message, cause } = error as Error;
  if (name === 'AbortError') return `No answer within ${deadlineMs} ms`;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

/** Also as it stands in an address. */
export function redacted(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]).filter((form) => form !== '');
  return forms.reduce((shown, form) => shown.replaceAll(form, '***'), text);
}
