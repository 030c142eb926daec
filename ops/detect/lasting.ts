/** A detector of a value that stays over its threshold: what queue, cpu and loop share. */
import type { IncidentType, Severity } from '../incident-type.ts';
import type { Observation } from '../observation.ts';
import { type Account, type Detector, levelOf, secondsOf } from './detector.ts';
import { CALM, type Patience, type Sustained, sustain } from './sustained.ts';

export interface Reading {
  /** Of the threshold: 1 at it. */
  readonly share: number;
  readonly severity: Severity;
  readonly tell: () => Account;
}

export interface Lasting<Settings> {
  readonly incident: IncidentType;
  readonly read: (observation: Observation, settings: Settings) => Reading;
  /** Share of the threshold below which a second is good again, 0 to 1. */
  readonly goodBelow: number;
}

export const lasting = <Settings extends Patience>({
  incident,
  read,
  goodBelow,
}: Lasting<Settings>): Detector<Settings, Sustained> => ({
  incident,
  initial: CALM,
  step: (before, observation, settings) => {
    const { share, severity, tell } = read(observation, settings);
    const second = share >= 1 ? 'bad' : share < goodBelow ? 'good' : 'between';
    const state = sustain(before, second, secondsOf(observation), settings);
    const { firing } = state;
    return { state, finding: { severity: firing ? severity : null, level: levelOf(share, firing), tell } };
  },
});
