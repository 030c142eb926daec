/** Must nobody be called about this incident just now? Silences that operators made, and times of maintenance. */
import type { IncidentType, Severity } from '../../incident-type.ts';
import { DAYS, type Maintenance, type WeeklyMaintenance } from '../settings/maintenance.ts';
import type { IncidentView } from './incident.ts';

/** An empty list restricts nothing; all three must fit. */
export interface Matchers {
  readonly types: readonly IncidentType[];
  readonly severities: readonly Severity[];
  /** One of them must be affected. */
  readonly components: readonly string[];
}

export interface Silence extends Matchers {
  readonly id: string;
  readonly author: string;
  readonly reason: string;
  readonly createdMs: number;
  /** The first moment after it. */
  readonly endsMs: number;
}

export interface Quiet {
  readonly silences: readonly Silence[];
  readonly maintenance: readonly Maintenance[];
}

type Matched = Pick<IncidentView, 'type' | 'severity' | 'components'>;

/** Why nobody is called; null where somebody is. */
export function quietReason({ silences, maintenance }: Quiet, incident: Matched, nowMs: number): string | null {
  const silence = silences.find((one) => nowMs < one.endsMs && matches(one, incident));
  if (silence !== undefined) return `Silenced by ${silence.author}: ${silence.reason}`;
  const time = maintenance.find((one) => matches(one, incident) && isDuring(one, nowMs));
  return time === undefined ? null : `Maintenance: ${time.reason}`;
}

function matches({ types, severities, components }: Matchers, incident: Matched): boolean {
  return (
    (types.length === 0 || types.includes(incident.type)) &&
    (severities.length === 0 || severities.includes(incident.severity)) &&
    (components.length === 0 || incident.components.some((one) => components.includes(one)))
  );
}

function isDuring(time: Maintenance, nowMs: number): boolean {
  if (time.repeat === 'never') return Date.parse(time.from) <= nowMs && nowMs < Date.parse(time.to);
  return isDuringWeekly(time, nowMs);
}

/**
 * By what the clocks there show: an hour that they pass over in spring is no part of it, and one that they show twice in autumn is so
 * both times.
 */
function isDuringWeekly({ days, from, to, timeZone }: WeeklyMaintenance, nowMs: number): boolean {
  const { day, minute } = localOf(nowMs, timeZone);
  const begins = minutesOf(from);
  const ends = minutesOf(to);
  const today = days.includes(DAYS[day]!);
  if (begins < ends) return today && begins <= minute && minute < ends;
  const yesterday = days.includes(DAYS[(day + 6) % 7]!);
  return (today && begins <= minute) || (yesterday && minute < ends);
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

const formats = new Map<string, Intl.DateTimeFormat>();

function localOf(nowMs: number, timeZone: string): { day: number; minute: number } {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(timeZone, format);
  }
  const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
  return {
    day: (DAYS as readonly string[]).indexOf(parts.get('weekday')!.toLowerCase()),
    minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  };
}
