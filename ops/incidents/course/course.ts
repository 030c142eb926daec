/**
 * How does an open incident go on? What is known of it only while the process runs: for how long it has been calm, how often it
 * came back, since when it is less severe. All in seconds of a clock that never jumps.
 */
import { type IncidentType, SEVERITIES, type Severity } from '../../incident-type.ts';
import type { Verdict } from '../../verdict.ts';
import type { IncidentState } from '../incident.ts';
import { isWorse, worseOf } from '../severity.ts';

export interface Course {
  openedS: number;
  resolvedS: number | null;
  /** Null while something fires. */
  calmSinceS: number | null;
  /** Null while nothing does. */
  firingSinceS: number | null;
  /** The longest pause after which it fired again, seconds. */
  pauseSMax: number;
  lowerSinceS: number | null;
  /** The worst since then. */
  lowerWorst: Severity;
  /** The state after the last step: what others changed since shows by it. */
  state: IncidentState;
  /** Types that fired when an operator called it over: until they pause, they are no news. */
  excused: Set<IncidentType>;
  excusedUntilS: number;
}

export const newCourse = (openedS: number, state: IncidentState, nowS: number): Course => ({
  openedS,
  resolvedS: null,
  calmSinceS: nowS,
  firingSinceS: null,
  pauseSMax: 0,
  lowerSinceS: null,
  lowerWorst: 'low',
  state,
  excused: new Set(),
  excusedUntilS: Number.NEGATIVE_INFINITY,
});

/** Fires for that long: earlier pauses say nothing of this spell any more. */
const STEADY_S = 1800;

/** Takes note of a step in which something fires. */
export function fires(course: Course, nowS: number): void {
  const pauseS = course.calmSinceS === null ? 0 : nowS - course.calmSinceS;
  course.pauseSMax = Math.max(course.pauseSMax, pauseS);
  course.calmSinceS = null;
  course.firingSinceS ??= nowS;
  if (nowS - course.firingSinceS > STEADY_S) course.pauseSMax = 0;
}

/** Takes note of a step in which nothing does. @returns for how long that is so */
export function rests(course: Course, nowS: number): number {
  course.firingSinceS = null;
  course.lowerSinceS = null;
  course.calmSinceS ??= nowS;
  return nowS - course.calmSinceS;
}

/**
 * How long it must be calm: twice the longest pause that was none, and twice as long for each time that it came back.
 *
 * @param flaps as the record knows them, over restarts
 */
export const calmNeeded = ({ pauseSMax }: Course, flaps: number, baseS: number, maxS: number): number =>
  Math.min(Math.max(baseS, maxS), Math.max(baseS * 2 ** Math.min(20, flaps), 2 * pauseSMax));

/**
 * Severity rises at once, and falls to the worst of the last `fallS` seconds when all of them were less severe.
 *
 * @returns the new one; null where it stays
 */
export function severityAfter(
  course: Course,
  held: Severity,
  now: Severity,
  nowS: number,
  fallS: number,
): Severity | null {
  if (!isWorse(held, now)) {
    course.lowerSinceS = null;
    return isWorse(now, held) ? now : null;
  }
  course.lowerWorst = course.lowerSinceS === null ? now : worseOf(course.lowerWorst, now);
  course.lowerSinceS ??= nowS;
  if (nowS - course.lowerSinceS < fallS) return null;
  course.lowerSinceS = null;
  return course.lowerWorst;
}

/** Of verdicts that fire. */
export const worstOf = (verdicts: readonly Verdict[]): Severity =>
  SEVERITIES.find((severity) => verdicts.some((verdict) => verdict.severity === severity)) ?? 'low';
