/** The detectors: is something wrong right now, what is it, and by which numbers? */
export {
  deviation,
  type History,
  type HistorySettings,
  learn,
  NO_HISTORY,
} from './history.ts';
export { createDetectors, type DetectObjectives, type Detectors, type Watched } from './judge.ts';
export { type DetectSettings, detectSchema } from './settings.ts';
