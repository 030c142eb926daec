/** Do the models fail, or take no part? */
import type { Severity } from '../incident-type.ts';
import { type Detector, levelOf, percent, secondsOf } from './detector.ts';
import { CALM, type Patience, type Sustained, sustain } from './sustained.ts';

export interface ModelsSettings extends Patience {
  readonly failedInRow: number;
  readonly failedPercentMax: number;
  readonly failedMin: number;
  readonly recentS: number;
}

export interface ModelsState {
  /** The older ones fading over `recentS`. */
  readonly asked: number;
  readonly failed: number;
  /** Since a model last answered. */
  readonly inRow: number;
  readonly hold: Sustained;
}

export const models: Detector<ModelsSettings, ModelsState> = {
  incident: 'model_failure',
  initial: { asked: 0, failed: 0, inRow: 0, hold: CALM },
  step(before, observation, settings) {
    const { modelAsked, modelFailed, modelsUnavailable } = observation;
    const kept = Math.exp(-observation.elapsedS / settings.recentS);
    const asked = fading(before.asked, kept) + modelAsked;
    const failed = fading(before.failed, kept) + modelFailed;
    const row = modelFailed < modelAsked ? lastOf(modelAsked, modelFailed) : before.inRow + modelFailed;
    // What was forgotten counts for no row either.
    const inRow = asked > 0 ? row : 0;
    const failedPercent = asked > 0 ? (failed / asked) * 100 : 0;
    const byShare = failed >= settings.failedMin ? failedPercent / settings.failedPercentMax : 0;
    const nearness = Math.max(byShare, inRow / settings.failedInRow, modelsUnavailable > 0 ? 1 : 0);
    // Without a question to a model there is no news, but of models that are not there.
    const news = modelAsked > 0 || modelsUnavailable > 0 || failed < 1;
    const second = nearness >= 1 ? 'bad' : nearness < 0.5 && news ? 'good' : 'between';
    const hold = sustain(before.hold, second, secondsOf(observation), settings);
    const sentence = (): string => {
      const row = inRow > 0 ? `, the last ${inRow} in a row` : '';
      const missing = modelsUnavailable > 0 ? `; ${modelsUnavailable} of the configured ones take no part` : '';
      return `Models failed in ${percent(failedPercent / 100)} of some ${Math.ceil(asked)} recent calls${row}${missing}`;
    };
    return {
      state: { asked, failed, inRow, hold },
      finding: {
        severity: hold.firing ? severityOf(failedPercent, modelsUnavailable) : null,
        level: levelOf(nearness, hold.firing),
        tell: () => ({
          numbers: { modelFailed, modelAsked, failedPercent, failedInRow: inRow, modelsUnavailable },
          why: sentence(),
        }),
      },
    };
  },
};

/** Below it, a fading count is forgotten: minutes after the last call. */
const FORGOTTEN = 1e-12;

/** Nobody knows the order within a second: where most failed, it is the one in which failing began. */
const lastOf = (asked: number, failed: number): number => (2 * failed > asked ? failed : 0);

const fading = (count: number, kept: number): number => (count * kept < FORGOTTEN ? 0 : count * kept);

/** Searches go on without a model, only worse: half of the calls failing is the worst of it. */
const severityOf = (failedPercent: number, unavailable: number): Severity =>
  failedPercent >= 50 || unavailable > 0 ? 'high' : 'medium';
