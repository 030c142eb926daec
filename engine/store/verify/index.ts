/** The door to verification: a generation is read, opened and queried in a process of its own, and a report comes back. */

export { openParts, type VerifiedParts } from './open-parts.ts';
export type { CheckName, Finding, Resume, Verdict, VerifyJob, VerifyProgress, VerifyReport } from './report.ts';
export { sampled } from './sample.ts';
export { type VerifyOptions, verifyInProcess } from './verify-in-process.ts';
