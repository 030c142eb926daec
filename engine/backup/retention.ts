/**
 * Which backups stay? As restic's `forget` decides it: the last so many, and of each of the last so many days and weeks that have
 * any, the newest. Days and weeks (ISO 8601) are those of UTC. The newest sound one stays whatever the policy says.
 */
export interface Policy {
  /** 1 or more. */
  readonly keepLast: number;
  readonly keepDaily: number;
  readonly keepWeekly: number;
}

export interface Dated {
  readonly id: string;
  readonly createdAtMs: number;
  /** Whether it was sound when it was last looked at. */
  readonly sound: boolean;
}

export type Reason = 'last' | 'daily' | 'weekly' | 'last sound';

const DAY_MS = 86_400_000;
/** The epoch was a Thursday; weeks begin on Monday. */
const day = ({ createdAtMs }: Dated): number => Math.floor(createdAtMs / DAY_MS);
const week = (backup: Dated): number => Math.floor((day(backup) + 3) / 7);

/** @returns why each stays that does, by id; all others may go */
export function kept(backups: readonly Dated[], { keepLast, keepDaily, keepWeekly }: Policy): Map<string, Reason[]> {
  const newestFirst = backups.toSorted(
    (one, other) => other.createdAtMs - one.createdAtMs || (one.id < other.id ? 1 : -1),
  );
  const reasons = new Map<string, Reason[]>();
  const keep = ({ id }: Dated, why: Reason): void => void reasons.set(id, [...(reasons.get(id) ?? []), why]);
  for (const backup of newestFirst.slice(0, keepLast)) keep(backup, 'last');
  for (const backup of firstOfEach(newestFirst, day).slice(0, keepDaily)) keep(backup, 'daily');
  for (const backup of firstOfEach(newestFirst, week).slice(0, keepWeekly)) keep(backup, 'weekly');
  const sound = newestFirst.find((backup) => backup.sound);
  if (sound !== undefined) keep(sound, 'last sound');
  return reasons;
}

function firstOfEach(backups: readonly Dated[], period: (backup: Dated) => number): Dated[] {
  const seen = new Set<number>();
  return backups.filter((backup) => {
    const of = period(backup);
    if (seen.has(of)) return false;
    seen.add(of);
    return true;
  });
}
