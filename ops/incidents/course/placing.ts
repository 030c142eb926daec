/** Something fires: to which incident does it belong? */
import type { IncidentType } from '../../incident-type.ts';
import { COMPONENTS, WHOLE_SERVICE } from '../components.ts';
import { type Incident, isOpen } from '../incident.ts';
import { BY_CAUSE, reasonFor } from '../inhibition.ts';
import type { IncidentSettings } from '../settings.ts';
import type { Course } from './course.ts';
import type { Ledger, Opening } from './ledger.ts';

export interface Followed {
  readonly incident: Incident;
  readonly course: Course;
}

export type Place =
  | { readonly kind: 'known'; readonly id: string }
  | { readonly kind: 'reopen'; readonly id: string }
  /** An operator has just called it over. */
  | { readonly kind: 'excused' }
  | { readonly kind: 'new' };

const KNOWN_BY: readonly ((type: IncidentType, one: Followed, nowS: number, settings: IncidentSettings) => boolean)[] =
  [
    // Its own, however it is going; then the one of which it was a symptom before; then one that explains it.
    (type, { incident }) => incident.type === type,
    (type, one, nowS, settings) => isLively(one, nowS, settings) && hasSign(one.incident, type),
    (type, one, nowS, settings) => isLively(one, nowS, settings) && reasonFor(type, one.incident.type) !== null,
  ];

/** @param followed open ones, and those that were resolved so lately that they may be opened again; oldest first */
export function placeOf(
  type: IncidentType,
  followed: readonly Followed[],
  nowS: number,
  settings: IncidentSettings,
): Place {
  const open = followed.filter(({ incident }) => isOpen(incident)).sort(byCause);
  for (const knows of KNOWN_BY) {
    const home = open.find((one) => knows(type, one, nowS, settings));
    if (home === undefined) continue;
    return isExcused(type, home, nowS) ? { kind: 'excused' } : { kind: 'known', id: home.incident.id };
  }
  const over = followed.filter(({ incident }) => incident.state === 'resolved' && incident.mergedInto === null);
  const latest = over.toReversed();
  const insisting = latest.find(({ course }) => course.excused.has(type));
  if (insisting !== undefined)
    return isExcused(type, insisting, nowS) ? { kind: 'excused' } : { kind: 'reopen', id: insisting.incident.id };
  const same = latest.find(({ incident }) => incident.type === type && incident.scope === WHOLE_SERVICE);
  const reopens = same !== undefined && same.incident.postmortem.status !== 'closed';
  return reopens ? { kind: 'reopen', id: same.incident.id } : { kind: 'new' };
}

const byCause = (one: Followed, other: Followed): number =>
  BY_CAUSE.indexOf(one.incident.type) - BY_CAUSE.indexOf(other.incident.type) ||
  (one.incident.id < other.incident.id ? -1 : 1);

const hasSign = ({ signs }: Incident, type: IncidentType): boolean => signs.some((sign) => sign.type === type);

const isExcused = (type: IncidentType, { course }: Followed, nowS: number): boolean =>
  course.excused.has(type) && nowS < course.excusedUntilS;

/** Whether what fires beside it may still come of it. What an operator reported has no detector to say so. */
function isLively({ incident, course }: Followed, nowS: number, { graceS }: IncidentSettings): boolean {
  if (incident.state !== 'mitigated' && incident.signs.length === 0) return true;
  return course.calmSinceS === null || nowS - course.calmSinceS <= graceS;
}

/**
 * Opens an incident, or makes the youngest symptom's own: a symptom that came first within the grace is no other fault.
 *
 * @param young open incidents that began within it, oldest first
 */
export function beginOrAdopt(ledger: Ledger, opening: Opening, young: readonly Incident[]): Incident {
  for (const incident of young) {
    const reason = reasonFor(incident.type, opening.type);
    if (reason === null) continue;
    const to = { type: opening.type, scope: opening.scope };
    return ledger.retype(incident.id, to, `${opening.summary}; ${incident.type} came first, since ${reason}`);
  }
  return ledger.begin(opening);
}

/** What began shortly before as a fault of its own is a symptom of this one. */
export function mergeInto(ledger: Ledger, cause: Incident, young: readonly Incident[]): void {
  for (const { id, type } of young) {
    const reason = reasonFor(type, cause.type);
    if (id === cause.id || reason === null) continue;
    ledger.record(id, { kind: 'merged', into: cause.id, why: `Part of ${cause.id}, ${cause.type}: ${reason}` });
  }
}

export const openingOf = (type: IncidentType, of: Pick<Opening, 'severity' | 'summary' | 'source'>): Opening => ({
  type,
  scope: WHOLE_SERVICE,
  components: COMPONENTS[type],
  ...of,
});
