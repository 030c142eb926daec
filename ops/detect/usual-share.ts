/**
 * Is the share of some events what it usually is? Counts are gathered into windows of enough events, and each window's share is held
 * against the history of those before.
 *
 * An unusual window teaches nothing, so that what is wrong does not become the usual while it lasts. What stays unusual for
 * `acceptS` is the new usual, and the history begins anew.
 */
import { deviation, type History, type HistorySettings, learn, NO_HISTORY } from './history.ts';

export interface UsualShareSettings {
  readonly windowS: number;
  readonly windowEventsMin: number;
  readonly deviationsMin: number;
  readonly learnS: number;
  readonly acceptS: number;
}

export interface UsualShare {
  readonly history: History;
  /** Of the window that is under way. */
  readonly lengthS: number;
  readonly all: number;
  readonly some: number;
  /** Of the last window that was closed; null before the first. */
  readonly share: number | null;
  readonly deviations: number;
  /** Of closed windows. */
  readonly learntS: number;
  readonly unusualS: number;
}

export const NOTHING_USUAL: UsualShare = {
  history: NO_HISTORY,
  lengthS: 0,
  all: 0,
  some: 0,
  share: null,
  deviations: 0,
  learntS: 0,
  unusualS: 0,
};

/** A share wanders with what is asked, even where chance would hold it still. */
const NOISE_MIN = 0.01;

/**
 * @param isUnusual whether a window that deviates enough matters: its share and the usual one
 * @returns the same object while a window goes on without events
 */
export function watchShare(
  before: UsualShare,
  events: { readonly all: number; readonly some: number },
  lengthS: number,
  isUnusual: (share: number, usual: number) => boolean,
  settings: UsualShareSettings,
): UsualShare {
  const window = { lengthS: before.lengthS + lengthS, all: before.all + events.all, some: before.some + events.some };
  if (window.lengthS < settings.windowS || window.all < settings.windowEventsMin) return { ...before, ...window };
  const usual = usualHistory(settings);
  const share = window.some / window.all;
  const { history } = before;
  const noise = NOISE_MIN + Math.sqrt((history.centre * (1 - history.centre)) / window.all);
  const deviations = deviation(history, share, usual, noise);
  const unusual =
    before.learntS >= settings.learnS &&
    Math.abs(deviations) >= settings.deviationsMin &&
    isUnusual(share, history.centre);
  const closed = { lengthS: 0, all: 0, some: 0, share, deviations };
  if (!unusual) {
    const learntS = before.learntS + window.lengthS;
    return { ...closed, history: learn(history, share, usual, noise), learntS, unusualS: 0 };
  }
  const unusualS = before.unusualS + window.lengthS;
  if (unusualS >= settings.acceptS)
    return { ...closed, history: learn(NO_HISTORY, share, usual), learntS: window.lengthS, unusualS: 0 };
  return { ...before, ...closed, unusualS };
}

/** The usual of some hours, whatever the length of a window. */
const HISTORY_S = 7200;

function usualHistory({ windowS, deviationsMin }: UsualShareSettings): HistorySettings {
  const values = Math.max(20, HISTORY_S / windowS);
  return { smoothingValues: 1, centreValues: values, spreadValues: values, clip: deviationsMin / 2, recordFade: 0 };
}
