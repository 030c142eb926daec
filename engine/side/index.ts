/** Work in a process of its own, below the one that answers: whatever happens to it, it is a failed piece of work and not our end. */
export { type JobOptions, runJob } from './run-job.ts';
export { serveJob } from './serve-job.ts';
