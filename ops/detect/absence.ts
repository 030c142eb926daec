/**
 * Was there steady traffic, and now there is none?
 *
 * A site that was asked every second and suddenly is not asked at all is down for its visitors, though nothing fails here. How long a
 * silence is too long depends on the traffic before it: one that chance would bring once in `decades` powers of ten, were requests
 * independent of each other but for coming in clumps. It must also be sudden: traffic that thins out over minutes, as at night, never
 * fires, and neither does traffic so thin that only minutes of silence would mean anything.
 */
import { type Detector, levelOf, rounded, secondsOf } from './detector.ts';

export interface AbsenceSettings {
  readonly silenceSMin: number;
  readonly silenceSMax: number;
  readonly clump: number;
  readonly decades: number;
  readonly steadyS: number;
  readonly forgetS: number;
}

export interface AbsenceState {
  /** Requests a second, over the last minute and the last ten. */
  readonly minute: number;
  readonly tenMinutes: number;
  /** The lower of them when a request last came; 0 where traffic was thinning out then. */
  readonly expectedPerS: number;
  readonly silentS: number;
  /** Since traffic began, without a silence that was too long. */
  readonly steadyS: number;
  readonly firing: boolean;
}

/** The last minute's share of the last ten minutes' traffic below which it thins out. */
const STEADY_SHARE = 0.5;

const towards = (from: number, to: number, elapsedS: number, overS: number): number =>
  from + (to - from) * -Math.expm1(-elapsedS / overS);

export const absence: Detector<AbsenceSettings, AbsenceState> = {
  incident: 'high_error_rate',
  initial: { minute: 0, tenMinutes: 0, expectedPerS: 0, silentS: 0, steadyS: 0, firing: false },
  step(before, observation, settings) {
    const { requests, elapsedS } = observation;
    const lengthS = secondsOf(observation);
    const minute = towards(before.minute, requests / elapsedS, elapsedS, 60);
    const tenMinutes = towards(before.tenMinutes, requests / elapsedS, elapsedS, 600);
    const steady = minute >= STEADY_SHARE * tenMinutes ? Math.min(minute, tenMinutes) : 0;
    const expectedPerS = requests > 0 ? steady : before.expectedPerS;
    const silentS = requests > 0 ? 0 : before.silentS + lengthS;
    const tolerableS = tolerableSilence(expectedPerS, settings);
    const tooLong = silentS > tolerableS;
    const steadyS = tooLong && !before.firing ? 0 : before.steadyS + lengthS;
    const begins = tooLong && before.steadyS >= settings.steadyS;
    const firing = (before.firing || begins) && silentS > 0 && silentS < settings.forgetS;
    const sentence = (): string => {
      if (silentS === 0) return `Requests come, some ${rounded(expectedPerS)} a second`;
      return `No request for ${Math.round(silentS)} s, where some ${rounded(expectedPerS)} a second came before`;
    };
    return {
      state: { minute, tenMinutes, expectedPerS, silentS, steadyS, firing },
      finding: {
        severity: firing ? 'high' : null,
        level: before.steadyS < settings.steadyS && !firing ? 0 : levelOf(silentS / tolerableS, firing),
        tell: () => ({
          numbers: { silentS, tolerableS: Number.isFinite(tolerableS) ? tolerableS : -1, expectedPerS },
          why: sentence(),
        }),
      },
    };
  },
};

function tolerableSilence(perS: number, { silenceSMin, silenceSMax, clump, decades }: AbsenceSettings): number {
  const telling = perS > 0 ? (decades * Math.LN10 * clump) / perS : Number.POSITIVE_INFINITY;
  return telling > silenceSMax ? Number.POSITIVE_INFINITY : Math.max(silenceSMin, telling);
}
