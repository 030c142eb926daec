/**
 * FROM VERDICTS TO INCIDENTS: one a fault, whatever else fires because of it, in whatever order.
 *
 * ```text
 * verdicts that fire ─by type, causes first─▶ its incident │ its cause's │ opened again │ opened ─▶ course of each
 *                                                                                   relapsed, signs, severity
 *                                                               nothing fires any more ─▶ calm ─▶ mitigated ─▶ resolved
 * ```
 */
import type { IncidentType } from '../../incident-type.ts';
import type { Verdict } from '../../verdict.ts';
import { type Incident, isOpen } from '../incident.ts';
import { BY_CAUSE } from '../inhibition.ts';
import { AUTOMATIC, type Sign, textOf } from '../record/event.ts';
import type { IncidentSettings } from '../settings.ts';
import { isWorse } from '../severity.ts';
import { type Course, calmNeeded, fires, newCourse, rests, severityAfter, worstOf } from './course.ts';
import type { Ledger } from './ledger.ts';
import { beginOrAdopt, type Followed, mergeInto, openingOf, placeOf } from './placing.ts';

/** The pause before it is resolved by itself grows so many times at most. */
const RESOLVE_MULTIPLE_MAX = 16;

export class Correlator {
  readonly #settings: IncidentSettings;
  readonly #ledger: Ledger;
  readonly #courses = new Map<string, Course>();
  #started = false;

  constructor(settings: IncidentSettings, ledger: Ledger) {
    this.#settings = settings;
    this.#ledger = ledger;
  }

  /**
   * @param nowS of a clock that never jumps: all durations are taken from it
   * @param wallMs milliseconds since the epoch, only for what lay before the process started
   */
  step(verdicts: readonly Verdict[], nowS: number, wallMs: number): void {
    const firing = byType(verdicts);
    this.#follow(firing, nowS, wallMs);
    const fed = new Map<string, Verdict[]>();
    for (const type of BY_CAUSE) {
      const its = firing.get(type);
      const id = its === undefined ? null : this.#place(type, its, nowS);
      if (id !== null) fed.set(id, [...(fed.get(id) ?? []), ...its!]);
    }
    for (const incident of this.#ledger.open()) this.#advance(incident, fed.get(incident.id) ?? [], nowS);
    for (const [id, course] of this.#courses) course.state = this.#ledger.get(id)?.state ?? 'resolved';
  }

  /** Begins courses for what is new, ends those whose time is over, and notices what others did since the last step. */
  #follow(firing: ReadonlyMap<IncidentType, readonly Verdict[]>, nowS: number, wallMs: number): void {
    const agoS = (timeMs: number): number => nowS - Math.max(0, (wallMs - timeMs) / 1000);
    for (const incident of this.#started ? this.#ledger.open() : this.#ledger.all()) {
      if (this.#courses.has(incident.id)) continue;
      const course = newCourse(agoS(incident.openedMs), incident.state, nowS);
      if (incident.resolved !== null) course.resolvedS = agoS(incident.resolved.timeMs);
      this.#courses.set(incident.id, course);
    }
    this.#started = true;
    for (const [id, course] of this.#courses) {
      const incident = this.#ledger.get(id);
      for (const type of course.excused) if (!firing.has(type)) course.excused.delete(type);
      if (incident !== undefined && incident.state !== course.state)
        this.#changedByOthers(incident, course, firing, nowS);
      const over = course.resolvedS !== null && nowS - course.resolvedS > this.#settings.reopenS;
      if (incident === undefined || (over && course.excused.size === 0)) this.#courses.delete(id);
    }
  }

  #changedByOthers(
    { type, state, signs }: Incident,
    course: Course,
    firing: ReadonlyMap<IncidentType, readonly Verdict[]>,
    nowS: number,
  ): void {
    course.resolvedS = state === 'resolved' ? nowS : null;
    // Opened again by somebody's report: how long it was calm before says nothing.
    if (course.state === 'resolved') course.calmSinceS = nowS;
    if (state !== 'resolved' && state !== 'mitigated') return;
    const its = new Set([type, ...signs.map((sign) => sign.type)]);
    course.excused = new Set([...its].filter((one) => firing.has(one)));
    course.excusedUntilS = nowS + this.#settings.insistS;
  }

  /** @returns the incident that it counts for; null where an operator has just called it over */
  #place(type: IncidentType, verdicts: readonly Verdict[], nowS: number): string | null {
    const place = placeOf(type, this.#followed(), nowS, this.#settings);
    if (place.kind === 'excused') return null;
    const severity = worstOf(verdicts);
    const { why } = verdicts.find((verdict) => verdict.severity === severity)!;
    let incident: Incident;
    if (place.kind === 'known') incident = this.#ledger.get(place.id)!;
    else if (place.kind === 'reopen') {
      incident = this.#ledger.record(place.id, { kind: 'reopened', severity, why });
      this.#courses.set(place.id, newCourse(nowS, incident.state, nowS));
    } else {
      const opening = openingOf(type, { severity, summary: why, source: 'detector' });
      incident = beginOrAdopt(this.#ledger, opening, this.#young(nowS));
      if (!this.#courses.has(incident.id)) this.#courses.set(incident.id, newCourse(nowS, incident.state, nowS));
    }
    // As long as it goes on, a symptom finds its way here by itself; only at its beginning one may have come before it.
    const begins = place.kind === 'new' || this.#courses.get(incident.id)!.firingSinceS === null;
    if (incident.type === type && begins) mergeInto(this.#ledger, incident, this.#young(nowS));
    return incident.id;
  }

  /** Oldest first. */
  #followed(): Followed[] {
    const followed: Followed[] = [];
    for (const [id, course] of this.#courses) {
      const incident = this.#ledger.get(id);
      if (incident !== undefined) followed.push({ incident, course });
    }
    return followed.sort((one, other) => (one.incident.id < other.incident.id ? -1 : 1));
  }

  #young(nowS: number): Incident[] {
    const fresh = this.#followed().filter(({ course }) => nowS - course.openedS <= this.#settings.graceS);
    return fresh.map(({ incident }) => incident).filter(isOpen);
  }

  #advance(incident: Incident, verdicts: readonly Verdict[], nowS: number): void {
    const course = this.#courses.get(incident.id);
    if (course === undefined) return;
    if (verdicts.length > 0) this.#goesOn(incident, course, verdicts, nowS);
    else this.#calmsDown(incident, course, nowS);
  }

  #goesOn(incident: Incident, course: Course, verdicts: readonly Verdict[], nowS: number): void {
    const { id, source, severity } = incident;
    fires(course, nowS);
    const worst = worstOf(verdicts);
    if (incident.state === 'mitigated') {
      const { why } = verdicts.find((verdict) => verdict.severity === worst)!;
      this.#ledger.record(id, { kind: 'relapsed', why });
    }
    for (const said of verdicts) {
      const known = incident.signs.find(({ detector }) => detector === said.detector);
      if (known === undefined || isWorse(said.severity!, known.severity))
        this.#ledger.record(id, { kind: 'sign', sign: signOf(said) });
    }
    // What an operator said of it, no detector makes less.
    const fallS = source === 'operator' ? Number.POSITIVE_INFINITY : this.#settings.severityFallS;
    const next = severityAfter(course, severity, worst, nowS, fallS);
    if (next === null) return;
    const why = isWorse(next, severity) ? whyOf(verdicts, next) : `Less severe for ${Math.round(fallS / 60)} min`;
    this.#ledger.record(id, { kind: 'severity', to: next, why });
  }

  #calmsDown(incident: Incident, course: Course, nowS: number): void {
    const { calmS, calmSMax, autoResolve, resolveS } = this.#settings;
    const { id, state, flaps, signs, source, acknowledged, mitigated } = incident;
    const calm = rests(course, nowS);
    // What no detector ever saw, none can call over.
    if (signs.length === 0 && source !== 'objectives') return;
    const seen = `Nothing has fired for ${Math.round(calm)} s`;
    if (state !== 'mitigated') {
      if (calm >= calmNeeded(course, flaps, calmS, calmSMax)) this.#ledger.record(id, { kind: 'mitigated', why: seen });
      return;
    }
    const handled = acknowledged !== null || source === 'operator' || mitigated?.by !== AUTOMATIC;
    const needed = calmNeeded(course, flaps, resolveS, resolveS * RESOLVE_MULTIPLE_MAX);
    if (!autoResolve || handled || calm < needed) return;
    this.#ledger.record(id, { kind: 'resolved', notes: `${seen}, and nobody acknowledged it` });
    course.resolvedS = nowS;
  }
}

function byType(verdicts: readonly Verdict[]): Map<IncidentType, Verdict[]> {
  const types = new Map<IncidentType, Verdict[]>();
  for (const verdict of verdicts) {
    if (!verdict.firing || verdict.severity === null) continue;
    const its = types.get(verdict.incident);
    const said = { ...verdict, why: textOf(verdict.why) };
    if (its === undefined) types.set(verdict.incident, [said]);
    else its.push(said);
  }
  return types;
}

/** Numbers that JSON cannot hold are left out. */
const signOf = ({ detector, incident: type, severity, why, numbers }: Verdict): Sign => ({
  detector,
  type,
  severity: severity!,
  why,
  numbers: Object.fromEntries(Object.entries(numbers).filter(([, number]) => Number.isFinite(number))),
});

const whyOf = (verdicts: readonly Verdict[], severity: Verdict['severity']): string =>
  verdicts.find((verdict) => verdict.severity === severity)?.why ?? '';
