/** What goes over the line to a receiver that speaks HTTP, and what its answer means. */
import type { Delivery } from './channel.ts';

export interface HttpRequest {
  /** Always POST. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** As far as it was read. */
  readonly body: string;
  /** What Retry-After says, milliseconds from now; null where it says nothing that can be read. */
  readonly retryAfterMs: number | null;
}

export const JSON_TYPE = { 'content-type': 'application/json' };

/** Longer than this is nobody's limit of a minute or an hour: it is not waited for. */
const RETRY_AFTER_MS_MAX = 3_600_000;
/** Statuses that may pass although they are not the server's fault: it was slow, too early, or too much. */
const PASSING = new Set([408, 425, 429]);

/** @param isTaken whether a 2xx answer is the one that the receiver gives who took it, and not that of something in between */
export function judgeAnswer(answer: HttpAnswer, isTaken: (answer: HttpAnswer) => boolean): Delivery {
  const { status, body, retryAfterMs } = answer;
  if (status >= 200 && status < 300) {
    if (isTaken(answer)) return { kind: 'delivered' };
    return { kind: 'later', reason: `An answer that is not the receiver's: ${status} ${shown(body)}`, afterMs: null };
  }
  const reason = `Answered ${status}: ${shown(body)}`;
  if (status >= 500 || PASSING.has(status)) return { kind: 'later', reason, afterMs: retryAfterMs };
  return { kind: 'never', reason };
}

/** RFC 9110, 10.2.3: seconds, or a date. */
export function retryAfterMsOf(header: string | null, wallMs: number): number | null {
  const text = header?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - wallMs;
  return text === '' || Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), RETRY_AFTER_MS_MAX);
}

const SHOWN_MAX = 200;
const shown = (body: string): string => JSON.stringify(body.slice(0, SHOWN_MAX));
