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
  readonly known: Known;
  /** Of the window that is under way. */
  readonly lengthS: number;
  readonly all: number;
  readonly some: number;
}

/** What the closed windows taught. */
export interface Known {
  readonly history: History;
  /** Of the last window; null before the first. */
  readonly share: number | null;
  readonly deviations: number;
  readonly learntS: number;
  readonly unusualS: number;
}

export const NOTHING_USUAL: UsualShare = {
  known: { history: NO_HISTORY, share: null, deviations: 0, learntS: 0, unusualS: 0 },
  lengthS: 0,
  all: 0,
  some: 0,
};

/** A share wanders with what is asked, even where chance would hold it still. */
const NOISE_MIN = 0.01;

/** @param isUnusual whether a window that deviates enough matters: its share and the usual one */
export function watchShare(
  before: UsualShare,
  events: { readonly all: number; readonly some: number },
  seconds: number,
  isUnusual: (share: number, usual: number) => boolean,
  settings: UsualShareSettings,
): UsualShare {
  const lengthS = before.lengthS + seconds;
  const all = before.all + events.all;
  const some = before.some + events.some;
  if (lengthS < settings.windowS || all < settings.windowEventsMin) return { known: before.known, lengthS, all, some };
  return { known: close(before.known, some / all, all, lengthS, isUnusual, settings), lengthS: 0, all: 0, some: 0 };
}

function close(
  { history, learntS, unusualS }: Known,
  share: number,
  all: number,
  lengthS: number,
  isUnusual: (share: number, usual: number) => boolean,
  settings: UsualShareSettings,
): Known {
  const usual = usualHistory(settings);
  const noise = NOISE_MIN + Math.sqrt((history.centre * (1 - history.centre)) / all);
  const deviations = deviation(history, share, usual, noise);
  const unusual =
    learntS >= settings.learnS && Math.abs(deviations) >= settings.deviationsMin && isUnusual(share, history.centre);
  if (!unusual) {
    const learnt = learn(history, share, usual, noise);
    return { history: learnt, share, deviations, learntS: learntS + lengthS, unusualS: 0 };
  }
  if (unusualS + lengthS >= settings.acceptS)
    return { history: learn(NO_HISTORY, share, usual), share, deviations, learntS: lengthS, unusualS: 0 };
  return { history, share, deviations, learntS, unusualS: unusualS + lengthS };
}

/** The usual of some hours, whatever the length of a window. */
const HISTORY_S = 7200;

function usualHistory({ windowS, deviationsMin }: UsualShareSettings): HistorySettings {
  const values = Math.max(20, HISTORY_S / windowS);
  return { smoothingValues: 1, centreValues: values, spreadValues: values, clip: deviationsMin / 2 };
}
