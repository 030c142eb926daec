/** When to try again, and how long to wait before it. */

export interface RetryLimits {
  /** Attempts after the first one. */
  readonly retriesMax: number;
  readonly backoffBaseMs: number;
  /** Upper bound of any single wait, also of one that the server asks for. */
  readonly waitMsMax: number;
}

const RETRIED_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whether a status says that the same request may succeed later. */
export function isRetriedStatus(status: number): boolean {
  return RETRIED_STATUSES.has(status) || (status >= 520 && status <= 529);
}

/**
 * Exponential back-off with full jitter: uniform over 0 … base·2^attempt, which spreads clients best (Brooker,
 * "Exponential Backoff And Jitter", 2015). `attempt` counts from 0; `random` is in 0 … 1.
 */
export function backoffMs(attempt: number, limits: RetryLimits, random: number): number {
  return Math.round(random * Math.min(limits.waitMsMax, limits.backoffBaseMs * 2 ** attempt));
}

/** Retry-After (RFC 9110, 10.2.3) in seconds or as an HTTP date, to milliseconds from now; null when absent or unreadable. */
export function retryAfterMs(header: string | undefined, nowWallMs: number): number | null {
  const value = header?.trim() ?? '';
  if (/^\d+$/u.test(value)) return Number(value) * 1000;
  const at = value === '' ? Number.NaN : Date.parse(value);
  return Number.isFinite(at) ? Math.max(0, at - nowWallMs) : null;
}
