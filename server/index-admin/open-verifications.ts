/** Verification of a running server's index, put together. */
import type { Clock } from '../../engine/clock.ts';
import { EngineError } from '../../engine/errors.ts';
import { setAside } from '../../engine/store/index.ts';
import { verifyInProcess } from '../../engine/store/verify/index.ts';
import type { Config } from '../config/index.ts';
import type { IndexSwap } from './index-swap.ts';
import { type VerificationPorts, Verifications } from './verifications.ts';

/** How often it is looked whether one is due. */
const LOOK_MS = 10_000;
const HOUR_MS = 3_600_000;
const MEBIBYTE = 2 ** 20;
const SEEDS = 2 ** 31;

export interface VerificationsParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly index: IndexSwap;
  readonly report: VerificationPorts['report'];
}

export function openVerifications({ config, clock, index, report }: VerificationsParts): Verifications {
  const { directory, scrubHours, scrubMebibytesPerSecond } = config.index;
  const { expansionSearch } = config.retrieval.dense;
  const verifications = new Verifications(
    {
      // Passages are sampled anew each time: over the months all are.
      verify: (asked, options) => {
        const seed = Math.floor(Math.random() * SEEDS);
        const release = index.ports.lease(asked.generation);
        const job = { ...asked, index: directory, expansionSearch, resume: null, seed };
        return verifyInProcess(job, options).finally(release);
      },
      serving: () => index.serving,
      setAside: (damage) => setAside(directory, damage),
      goOver: async (generation) => {
        const outcome = await index.swap(generation);
        if (outcome.kind === 'refused') throw new EngineError(outcome.code, outcome.detail);
      },
      report,
      wallMs: () => clock.wallMs(),
    },
    { everyMs: scrubHours * HOUR_MS, bytesPerSecondMax: scrubMebibytesPerSecond * MEBIBYTE },
  );
  if (verifications.nextMs !== null) setInterval(() => verifications.look(), LOOK_MS).unref();
  return verifications;
}
