/** Round after round until it is told to stop: how long to wait, and when to give up. */
import { EngineError, type ErrorCode } from '../../../engine/errors.ts';
import type { RoundReport } from './round.ts';

export interface WatchPorts {
  /** @param whole whether posts that are gone are looked for, too */
  readonly round: (whole: boolean) => Promise<RoundReport>;
  readonly intervalMs: number;
  /** Each so many rounds is a whole one; the first is. */
  readonly wholeEvery: number;
  readonly signal: AbortSignal;
  /** Waits; rejects or resolves early when the signal says so. */
  readonly pause: (ms: number) => Promise<unknown>;
  /** Uniform in 0 … 1. */
  readonly random: () => number;
  readonly done: (report: RoundReport, first: boolean) => void;
  readonly failed: (error: EngineError, waitMs: number) => void;
}

const WAIT_MS_MAX = 600_000;

/** What only a person can mend: asking again would say the same. */
const LASTING: ReadonlySet<ErrorCode> = new Set([
  'config_invalid',
  'request_invalid',
  'unauthorized',
  'forbidden',
  'blocked',
  'source_refused',
]);

/** Returns when it is told to stop. @throws what only a person can mend */
export async function watchRounds(ports: WatchPorts): Promise<void> {
  const { round, intervalMs, wholeEvery, signal, pause, random, done, failed } = ports;
  let sinceWhole = wholeEvery;
  let failures = 0;
  let first = true;
  while (!signal.aborted) {
    const whole = sinceWhole >= wholeEvery;
    let waitMs = intervalMs;
    try {
      done(await round(whole), first);
      sinceWhole = whole ? 1 : sinceWhole + 1;
      failures = 0;
      first = false;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof EngineError) || LASTING.has(error.code)) throw error;
      failures += 1;
      const longest = Math.max(intervalMs, Math.min(WAIT_MS_MAX, intervalMs * 2 ** failures));
      // Half of it by chance: sites with many readers are not asked by all at once.
      waitMs = Math.round((longest / 2) * (1 + random()));
      failed(error, waitMs);
    }
    if (!signal.aborted) await pause(waitMs);
  }
}
