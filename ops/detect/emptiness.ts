/** Do searches find nothing, far more often than they usually do? A damaged index answers quickly, correctly formed, and empty. */
import { type Detector, levelOf, percent, secondsOf } from './detector.ts';
import { NOTHING_USUAL, type UsualShare, type UsualShareSettings, watchShare } from './usual-share.ts';

export interface EmptinessSettings extends UsualShareSettings {
  readonly risePercentMin: number;
  readonly alwaysPercent: number;
  readonly firstS: number;
}

export interface EmptinessState {
  readonly empties: UsualShare;
  /** Seconds for which almost nothing was found: no history is needed to call that wrong. */
  readonly alwaysS: number;
}

export const emptiness: Detector<EmptinessSettings, EmptinessState> = {
  incident: 'index_corruption',
  initial: { empties: NOTHING_USUAL, alwaysS: 0 },
  step(before, observation, settings) {
    const empties = watchShare(
      before.empties,
      { all: observation.answered, some: observation.empty },
      secondsOf(observation),
      (now, usual) => (now - usual) * 100 >= settings.risePercentMin,
      settings,
    );
    const closed = empties.lengthS === 0;
    const { history, deviations, unusualS } = empties.known;
    const share = empties.known.share ?? 0;
    const always = share * 100 >= settings.alwaysPercent;
    const windowS = before.empties.lengthS + secondsOf(observation);
    const alwaysS = closed ? (always ? before.alwaysS + windowS : 0) : before.alwaysS;
    const lastingS = Math.max(unusualS, alwaysS);
    const firing = lastingS >= settings.firstS;
    const usual = history.centre;
    const sentence = (): string => {
      const found = `${percent(share)} of searches find nothing, usually ${percent(usual)}`;
      return lastingS > 0 ? `${found}, for ${Math.round(lastingS)} s now` : found;
    };
    return {
      state: { empties, alwaysS },
      finding: {
        severity: firing ? (always ? 'critical' : 'high') : null,
        level: levelOf(lastingS / settings.firstS, firing),
        tell: () => ({
          numbers: { emptyPercent: share * 100, usualPercent: usual * 100, deviations, lastingS },
          why: sentence(),
        }),
      },
    };
  },
};
