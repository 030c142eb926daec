/** The verifier's process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../clock.ts';
import { serveJob } from '../../side/index.ts';
import type { VerifyJob, VerifyProgress, VerifyReport } from './report.ts';
import { verifyGeneration } from './verify.ts';

serveJob<VerifyJob, VerifyProgress, VerifyReport>((job, progress) =>
  verifyGeneration(job, { clock: systemClock, sleep: (ms) => sleep(ms), progress }),
);
