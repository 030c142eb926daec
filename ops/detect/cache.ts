/** Does the cache fail, or find far less than it usually does? */
import { type Detector, levelOf, percent, secondsOf } from './detector.ts';
import { CALM, type Patience, type Sustained, sustain } from './sustained.ts';
import { NOTHING_USUAL, type UsualShare, type UsualShareSettings, watchShare } from './usual-share.ts';

export interface CacheSettings extends UsualShareSettings, Patience {
  readonly errorsPercentMax: number;
  /** Share of the usual hit rate below which it has collapsed, per cent. */
  readonly collapsePercent: number;
  readonly usualPercentMin: number;
  readonly collapseS: number;
}

export interface CacheState {
  readonly hits: UsualShare;
  readonly failing: Sustained;
  readonly collapsed: boolean;
}

export const cache: Detector<CacheSettings, CacheState> = {
  incident: 'cache_failure',
  initial: { hits: NOTHING_USUAL, failing: CALM, collapsed: false },
  step(before, observation, settings) {
    const { cacheLookups, cacheHits, cacheErrors } = observation;
    const lengthS = secondsOf(observation);
    const errorPercent = cacheErrors > 0 ? (cacheErrors / Math.max(cacheErrors, cacheLookups)) * 100 : 0;
    const news = cacheLookups > 0 || cacheErrors > 0;
    const second = errorPercent >= settings.errorsPercentMax ? 'bad' : news ? 'good' : 'between';
    const failing = sustain(before.failing, second, lengthS, settings);
    const hits = watchShare(
      before.hits,
      { all: cacheLookups, some: cacheHits },
      lengthS,
      (now, usual) => usual * 100 >= settings.usualPercentMin && now < (usual * settings.collapsePercent) / 100,
      settings,
    );
    const { history, share, deviations, unusualS } = hits.known;
    const collapsed = unusualS > 0 && unusualS >= settings.collapseS;
    const firing = failing.firing || collapsed;
    const usualPercent = history.centre * 100;
    const hitPercent = (share ?? 0) * 100;
    const sentence = (): string => {
      const found = `${percent(hitPercent / 100)} of look-ups hit, usually ${percent(usualPercent / 100)}`;
      if (failing.fill > 0) return `The cache failed in ${percent(errorPercent / 100)} of its look-ups; ${found}`;
      return unusualS > 0 ? `${found}, for ${Math.round(unusualS)} s now` : found;
    };
    return {
      state: { hits, failing, collapsed },
      finding: {
        severity: firing ? (failing.firing ? 'high' : 'medium') : null,
        level: levelOf(Math.max(failing.fill, unusualS / settings.collapseS), firing),
        tell: () => ({
          numbers: { errorPercent, hitPercent, usualPercent, deviations, collapsedS: unusualS },
          why: sentence(),
        }),
      },
    };
  },
};
