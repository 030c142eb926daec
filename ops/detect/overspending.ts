/** A detector of what spends an objective's budget too fast: what errors and slowness share. */
import type { IncidentType, Severity } from '../incident-type.ts';
import type { Observation } from '../observation.ts';
import { type CusumSettings, type CusumState, cusum, type Events, evidenceNeeded, QUIET } from './cusum.ts';
import { type Detector, percent, rounded } from './detector.ts';

export interface WithTarget {
  /** The objective: share of good events, 0 to 1. */
  readonly target: number;
}

export interface Overspending<Settings> {
  readonly incident: IncidentType;
  readonly events: (observation: Observation) => Events;
  /** @param badShare of the events since the change began, the older ones fading */
  readonly severity: (badShare: number, settings: Settings) => Severity;
  /** As in 'requests failed'. */
  readonly words: string;
}

export const overspending = <Settings extends CusumSettings & WithTarget>({
  incident,
  events,
  severity,
  words,
}: Overspending<Settings>): Detector<Settings, CusumState> => ({
  incident,
  initial: QUIET,
  step: (before, observation, settings) => {
    const state = cusum(before, events(observation), observation, settings.target, settings);
    const { fast, slow, recentAll, recentBad } = state;
    const firing = state.fastFiring || state.slowFiring;
    const evidence = Math.max(fast, slow);
    const needed = evidenceNeeded(settings);
    const badShare = recentAll > 0 ? recentBad / recentAll : 0;
    const sentence = (): string => {
      const allowed = percent(1 - settings.target);
      if (evidence === 0) return `No more ${words} than the ${allowed} that the objective allows`;
      const seen = `${percent(badShare)} of some ${Math.ceil(recentAll)} ${words} since it began`;
      return `${seen}, where the objective allows ${allowed}: evidence ${rounded(evidence)} of ${rounded(needed)}`;
    };
    return {
      state,
      finding: {
        severity: firing ? severity(badShare, settings) : null,
        level: firing ? 1 + evidence / needed : Math.min(1, evidence / needed),
        tell: () => ({
          numbers: { badPercent: badShare * 100, recentEvents: recentAll, evidence, evidenceNeeded: needed },
          why: sentence(),
        }),
      },
    };
  },
});
