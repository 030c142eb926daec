/** Does the configured Redis answer as it would have to? For those who ask before they start. */
import { EngineError } from '../../engine/errors.ts';
import { channelOf } from './exchange-script.ts';
import { openSession } from './session.ts';
import type { SharedSettings } from './settings.ts';
import { storeAddress } from './store-address.ts';
import { TAKE, TRIAL, takeArguments, trialName } from './take-script.ts';

const OPEN_TIMEOUT_MS = 2000;
const TRIALS = 5;

/** @returns what was found; @throws EngineError internal with what to do about it */
export async function checkStore({ redis: url, prefix, timeoutMs }: SharedSettings): Promise<string> {
  const address = storeAddress(url)!;
  try {
    const session = await openSession({
      url,
      channel: channelOf(prefix),
      nudged: () => {},
      timeoutMs: OPEN_TIMEOUT_MS,
    });
    try {
      let slowestMs = 0;
      for (let trial = 0; trial < TRIALS; trial++) {
        const startMs = performance.now();
        await session.run(TAKE, [trialName(prefix)], takeArguments(TRIAL), OPEN_TIMEOUT_MS);
        slowestMs = Math.max(slowestMs, performance.now() - startMs);
      }
      if (slowestMs > timeoutMs)
        throw new Error(`A decision took ${slowestMs.toFixed(1)} ms, more than ${timeoutMs} ms`);
      return `${address} decides within ${slowestMs.toFixed(1)} ms`;
    } finally {
      session.end('Closed');
    }
  } catch (error) {
    throw new EngineError('internal', `${address}: ${(error as Error).message}`, {
      remedy: 'Start it, or correct server.shared.redis: until then each process counts for itself',
    });
  }
}
