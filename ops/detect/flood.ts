/**
 * Does somebody, or do many together, ask far more than they should?
 *
 * Traffic alone is no attack: ten times as much within capacity is a good day. It is one when much of it must be refused, when it
 * comes with several times the usual traffic and even a little is refused, or when one address, which usually does not,
 * makes up most of several times the usual traffic.
 */
import type { Severity } from '../incident-type.ts';
import type { Observation } from '../observation.ts';
import { type Detector, levelOf, percent, rounded, secondsOf } from './detector.ts';
import { deviation, type History, type HistorySettings, learn, NO_HISTORY } from './history.ts';
import { CALM, type Patience, type Sustained, sustain } from './sustained.ts';

export interface FloodSettings extends Patience {
  readonly refusedPerSMin: number;
  readonly limitedPercentMax: number;
  readonly surgeMultiple: number;
  readonly surgeRefusedPercent: number;
  readonly clientPerMinuteMin: number;
  readonly clientPercentMin: number;
}

export interface FloodState {
  readonly lengthS: number;
  readonly requests: number;
  /** Requests a second, by windows. */
  readonly usual: History;
  /** Requests of the last minute, the older ones fading. */
  readonly minute: number;
  /** The busiest client's share of a minute, in calm times. */
  readonly usualTopShare: number;
  readonly hold: Sustained;
}

const WINDOW_S = 10;
/** Some hours of windows. */
const USUAL: HistorySettings = {
  smoothingValues: 1,
  centreValues: 360,
  spreadValues: 720,
  clip: 3,
};
/** A surge is further from the usual than that, where the usual is few requests. */
const DEVIATIONS_MIN = 5;
/** Until an hour's third is known, no traffic is more than usual. */
const WINDOWS_MIN = 60;

export const flood: Detector<FloodSettings, FloodState> = {
  incident: 'rate_limit_attack',
  initial: { lengthS: 0, requests: 0, usual: NO_HISTORY, minute: 0, usualTopShare: 0, hold: CALM },
  step(before, observation, settings) {
    const seen = look(before, observation, settings);
    const nearness = Math.max(...signs(seen, settings));
    const second = nearness >= 1 ? 'bad' : nearness < 0.5 ? 'good' : 'between';
    const hold = sustain(before.hold, second, secondsOf(observation), settings);
    const { perS, refusedShare, top, topShare, usualPerS } = seen;
    const attacked = observation.shed > 0 || refusedShare >= 0.8;
    const severity: Severity = attacked ? 'high' : 'medium';
    const sentence = (): string => {
      const traffic = `${rounded(perS)} requests a second, usually ${rounded(usualPerS)}, ${percent(refusedShare)} refused`;
      const first = observation.talkers[0];
      return first === undefined ? traffic : `${traffic}; the busiest client ${first.client} sent ${top} in a minute`;
    };
    return {
      state: remember(before, observation, hold, seen),
      finding: {
        severity: hold.firing ? severity : null,
        level: levelOf(nearness, hold.firing),
        tell: () => ({
          numbers: {
            requestsPerS: perS,
            usualPerS,
            refusedPercent: refusedShare * 100,
            topClientPerMinute: top,
            topClientPercent: topShare * 100,
          },
          why: sentence(),
        }),
      },
    };
  },
};

interface Seen {
  readonly perS: number;
  readonly refusedPerS: number;
  readonly limitedShare: number;
  readonly refusedShare: number;
  readonly usualPerS: number;
  /** How many times the usual; 0 where that is not known, or may be chance. */
  readonly surge: number;
  /** Requests of the busiest client in a minute, at least. */
  readonly top: number;
  readonly topShare: number;
  /** Usual share of the busiest client. */
  readonly usualTopShare: number;
  readonly minute: number;
}

function look(before: FloodState, observation: Observation, { surgeMultiple }: FloodSettings): Seen {
  const { requests, limited, shed, talkers, elapsedS } = observation;
  const { usual, usualTopShare } = before;
  const perS = requests / Math.max(1, elapsedS);
  const minute = before.minute * Math.exp(-elapsedS / 60) + requests;
  const usualPerS = usual.centre;
  const known = usual.seen >= WINDOWS_MIN && usualPerS > 0;
  const high = known && perS > surgeMultiple * usualPerS * 0.5;
  // A second's count is noisier than a window's mean.
  const beyond = high && deviation(usual, perS, USUAL, Math.sqrt(usualPerS)) > DEVIATIONS_MIN;
  const top = talkers.length > 0 ? Math.max(0, talkers[0]!.requests - talkers[0]!.errorMax) : 0;
  return {
    perS,
    refusedPerS: (limited + shed) / Math.max(1, elapsedS),
    limitedShare: requests > 0 ? limited / requests : 0,
    refusedShare: requests > 0 ? (limited + shed) / requests : 0,
    usualPerS,
    surge: beyond ? perS / usualPerS : 0,
    top,
    topShare: minute > 0 ? Math.min(1, top / minute) : 0,
    usualTopShare,
    minute,
  };
}

/** Each 1 at its threshold: much is refused; a surge with some refused; a surge from one client. */
function signs(seen: Seen, settings: FloodSettings): [number, number, number] {
  const enough = Math.min(1, seen.refusedPerS / settings.refusedPerSMin);
  const surge = seen.surge / settings.surgeMultiple;
  const refused = enough * ((seen.limitedShare * 100) / settings.limitedPercentMax);
  const refusedInSurge = Math.min(surge, enough, (seen.refusedShare * 100) / settings.surgeRefusedPercent);
  const unusualClient = seen.topShare >= 2 * seen.usualTopShare ? (seen.topShare * 100) / settings.clientPercentMin : 0;
  const client = Math.min(surge, seen.top / settings.clientPerMinuteMin, unusualClient);
  return [enough < 1 ? Math.min(refused, 0.99) : refused, refusedInSurge, client];
}

/** Only calm times teach what is usual. */
function remember(before: FloodState, { requests, elapsedS }: Observation, hold: Sustained, seen: Seen): FloodState {
  const { minute, topShare } = seen;
  if (hold.fill > 0) return { ...before, minute, hold };
  const usualTopShare = before.usualTopShare + (topShare - before.usualTopShare) * -Math.expm1(-elapsedS / 3600);
  const lengthS = before.lengthS + elapsedS;
  const inWindow = before.requests + requests;
  if (lengthS < WINDOW_S) return { lengthS, requests: inWindow, usual: before.usual, minute, usualTopShare, hold };
  const perS = inWindow / lengthS;
  const usual = learn(before.usual, perS, USUAL, Math.sqrt(Math.max(0, before.usual.centre) / lengthS));
  return { lengthS: 0, requests: 0, usual, minute, usualTopShare, hold };
}
