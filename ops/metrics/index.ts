/** How long did it take? Counts that threads share; the judge's own rooms read the files beside this one. */
export { StageRecorder, stageBuffers, stageSeries } from './stage-recorder.ts';
